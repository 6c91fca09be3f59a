"""The shapes there are: text, number, flag, items, record, and a choice between several."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from types import MappingProxyType
from typing import Final, final

from goldenpath.contracts.shape import Problem, Shape, Source, compiled, is_wrong_kind, joined, shown

FIELDS: Final = 1_000_000
"""More fields than any record has."""

ABSENT: Final = object()
GREATEST: Final = sys.float_info.max


@final
@dataclass(frozen=True)
class Anything(Shape):
    """Any JSON value, null included."""

    expected = "any value"
    sample = None

    def fast(self, value: str, source: Source) -> str:
        return ""

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        return iter(())


@final
@dataclass(frozen=True)
class Text(Shape):
    """A string; one of `choices` when there are any, matching `pattern` when there is one."""

    choices: tuple[str, ...] = ()
    nonempty: bool = False
    pattern: str = ""

    @property
    def expected(self) -> str:
        if self.choices:
            return " or ".join(repr(choice) for choice in self.choices)
        if self.pattern:
            return f"a string matching {self.pattern}"
        return "a non-empty string" if self.nonempty else "a string"

    @property
    def sample(self) -> str:
        return self.choices[0] if self.choices else "sample"

    def fast(self, value: str, source: Source) -> str:
        name, naming = source.named(value)
        if self.choices:
            return f"type({naming}) is str and {name} in {source.bind(frozenset(self.choices))}"
        if self.pattern:
            return f"type({naming}) is str and {source.bind(re.compile(self.pattern).fullmatch)}({name}) is not None"
        return f"type({naming}) is str and {name} != ''" if self.nonempty else f"type({value}) is str"

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem("EC105", path, self.expected, shown(value))
        elif (
            (self.choices and value not in self.choices)
            or (self.nonempty and not value)
            or (self.pattern and not re.fullmatch(self.pattern, value))
        ):
            yield Problem("EC106", path, self.expected, shown(value))


@final
@dataclass(frozen=True)
class Number(Shape):
    """A finite number within bounds; `whole` asks for an integer (1.0 is one, as JSON does not tell them apart)."""

    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False

    @property
    def expected(self) -> str:
        bounds = [
            f"{sign} {bound}" for sign, bound in ((">=", self.minimum), ("<=", self.maximum)) if bound is not None
        ]
        return " ".join(["an integer" if self.whole else "a number", " and ".join(bounds)]).rstrip()

    @property
    def sample(self) -> float:
        lowest = 0 if self.minimum is None else self.minimum
        return lowest if self.maximum is None else min(max(0, lowest), self.maximum)

    def fast(self, value: str, source: Source) -> str:
        name, naming = source.named(value)
        kind = f"type({naming}) is int"
        if not self.whole:
            kind = f"({kind} or (type({name}) is float and -{GREATEST} <= {name} <= {GREATEST}))"
        low = f" and {self.minimum!r} <= {name}" if self.minimum is not None else ""
        high = f" and {name} <= {self.maximum!r}" if self.maximum is not None else ""
        return kind + low + high

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield Problem("EC105", path, self.expected, shown(value))
        elif (
            (isinstance(value, float) and not isfinite(value))
            or (self.whole and value != int(value))
            or (self.minimum is not None and value < self.minimum)
            or (self.maximum is not None and value > self.maximum)
        ):
            yield Problem("EC106", path, self.expected, shown(value))


@final
@dataclass(frozen=True)
class Flag(Shape):
    """true or false."""

    expected = "true or false"
    sample = True

    def fast(self, value: str, source: Source) -> str:
        return f"type({value}) is bool"

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, bool):
            yield Problem("EC105", path, self.expected, shown(value))


@final
@dataclass(frozen=True)
class Items(Shape):
    """An array whose every item has one shape."""

    of: Shape = field(default_factory=Anything)
    at_least: int = 0

    @property
    def expected(self) -> str:
        return f"an array of at least {self.at_least}" if self.at_least else "an array"

    @property
    def sample(self) -> list[object]:
        return [self.of.sample] * self.at_least

    def fast(self, value: str, source: Source) -> str:
        name, naming = source.named(value)
        conditions = [f"type({naming}) is list"]
        if self.at_least:
            conditions.append(f"len({name}) >= {self.at_least}")
        if not isinstance(self.of, Anything):
            conditions.append(f"all(map({source.bind(compiled(self.of))}, {name}))")
        return " and ".join(conditions)

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield Problem("EC105", path, self.expected, shown(value))
            return
        if len(value) < self.at_least:
            yield Problem("EC106", path, self.expected, shown(value))
        for number, item in enumerate(value):
            yield from self.of.problems(item, f"{path}[{number}]")


@final
@dataclass(frozen=True)
class Record(Shape):
    """An object with required and optional fields; `closed` objects to any other field."""

    required: Mapping[str, Shape] = field(default_factory=dict)
    optional: Mapping[str, Shape] = field(default_factory=dict)
    closed: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "required", MappingProxyType(dict(self.required)))
        object.__setattr__(self, "optional", MappingProxyType(dict(self.optional)))

    expected = "an object"

    @property
    def sample(self) -> dict[str, object]:
        return {name: shape.sample for name, shape in self.required.items()}

    def fast(self, value: str, source: Source) -> str:
        record, naming = source.named(value)
        fields = self.fields(record, source)
        return f"type({naming}) is dict" + (f" and {fields}" if fields else "")

    def fields(self, record: str, source: Source, *, given: frozenset[str] = frozenset()) -> str:
        """An expression over the name of a dict that has the `given` fields; most often there are no optional ones."""
        required = [
            shape.fast(f"{record}[{name!r}]", source) or f"{name!r} in {record}"
            for name, shape in self.required.items()
            if name not in given
        ]
        return " and ".join(f"({condition})" for condition in (*required, *self._optional(record, source, given)))

    def _optional(self, record: str, source: Source, given: frozenset[str]) -> list[str]:
        """What must hold of the optional fields. A closed record counts what it checked: then there is nothing else."""
        least = len(self.required.keys() | given)
        absent = source.bind(ABSENT)
        cases = []
        for name, shape in self.optional.items():
            if name not in given:
                value = source.temporary()
                is_absent = f"({value} := {record}.get({name!r}, {absent})) is {absent}"
                cases.append((is_absent, shape.fast(value, source) or "True"))
        if self.closed:
            counts = [f"(0 if {is_absent} else 1 if {sound} else -{FIELDS})" for is_absent, sound in cases]
            total = " + ".join([str(least), *counts])
            return [f"len({record}) == {least} or len({record}) == {total}" if counts else f"len({record}) == {least}"]
        each = " and ".join(f"({is_absent} or ({sound}))" for is_absent, sound in cases)
        return [f"len({record}) == {least} or ({each})"] if cases else []

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem("EC105", path, self.expected, shown(value))
            return
        for name, shape in self.required.items():
            if name in value:
                yield from shape.problems(value[name], joined(path, name))
            else:
                yield Problem("EC104", joined(path, name), shape.expected, "nothing")
        for name, shape in self.optional.items():
            if name in value:
                yield from shape.problems(value[name], joined(path, name))
        if self.closed:
            for name in value.keys() - self.required.keys() - self.optional.keys():
                yield Problem("EC107", joined(path, str(name)), "no such field", shown(value[name]))


@final
@dataclass(frozen=True)
class Tagged(Shape):
    """An object whose field `tag` says which of the variants it is; `open` takes another tag for an unknown field."""

    tag: str
    variants: Mapping[str, Record]
    open: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "variants", MappingProxyType(dict(self.variants)))

    @property
    def expected(self) -> str:
        return f"an object with {self.tag} {' or '.join(map(repr, self.variants))}"

    @property
    def sample(self) -> dict[str, object]:
        tag, variant = next(iter(self.variants.items()))
        return {**variant.sample, self.tag: tag}

    def fast(self, value: str, source: Source) -> str:
        (record, naming), tag = source.named(value), source.temporary()
        table = source.bind({tag: compiled(variant) for tag, variant in self.variants.items()})
        return (
            f"type({naming}) is dict and type({tag} := {record}.get({self.tag!r})) is str "
            f"and {tag} in {table} and {table}[{tag}]({record})"
        )

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield Problem("EC105", path, self.expected, shown(value))
            return
        if self.tag not in value:
            yield Problem("EC104", joined(path, self.tag), self.expected, "nothing")
            return
        tag = Text(choices=tuple(self.variants))
        wrong = [
            problem._replace(rule="EC107") if self.open and problem.rule == "EC106" else problem
            for problem in tag.problems(value[self.tag], joined(path, self.tag))
        ]
        yield from wrong or self.variants[value[self.tag]].problems(value, path)


@final
@dataclass(frozen=True)
class Either(Shape):
    """A value of any of several shapes, which differ in kind."""

    shapes: tuple[Shape, ...]

    @property
    def expected(self) -> str:
        return " or ".join(shape.expected for shape in self.shapes)

    @property
    def sample(self) -> object:
        return self.shapes[0].sample

    def fast(self, value: str, source: Source) -> str:
        name, naming = source.named(value)
        first, *others = self.shapes
        attempts = [first.fast(naming, source), *(shape.fast(name, source) for shape in others)]
        return "(" + " or ".join(f"({attempt})" for attempt in attempts) + ")" if all(attempts) else ""

    def problems(self, value: object, path: str) -> Iterator[Problem]:
        attempts = [list(shape.problems(value, path)) for shape in self.shapes]
        if all(attempts):
            wrong_kind = Problem("EC105", path, self.expected, shown(value))
            yield from next((found for found in attempts if not is_wrong_kind(found[0], path)), [wrong_kind])
