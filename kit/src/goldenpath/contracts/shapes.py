"""What a JSON value must look like, as data.

A shape offers two things made from the same fields. `fast` writes a Python expression that is true only for
well-formed values: compiled into one function per event type it is what makes checking cheap. `problems` walks the
value and says what is wrong. It alone decides: the expression may be false, or raise KeyError, for a value that is well
formed, but is never true for one that is not.
"""

from __future__ import annotations

import re
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, NamedTuple, final

Predicate = Callable[[Any], bool]
SHOWN: Final = 60
LONG: Final = 256
GREATEST: Final = sys.float_info.max


class Problem(NamedTuple):
    """One thing wrong inside an event, by the id of the rule it breaks."""

    rule: str
    path: str
    expected: str
    actual: str


class Source:
    """The names that a generated expression may use: temporary ones, and those bound to an object."""

    def __init__(self) -> None:
        self.bound: dict[str, object] = {}
        self._temporaries = 0

    def bind(self, value: object) -> str:
        """A name for `value` inside the expression."""
        name = f"_b{len(self.bound)}"
        self.bound[name] = value
        return name

    def temporary(self) -> str:
        """A fresh local name."""
        self._temporaries += 1
        return f"_t{self._temporaries}"

    def named(self, value: str) -> tuple[str, str]:
        """A name for an expression, and the expression that evaluates it and gives it that name."""
        if value.isidentifier():
            return value, value
        name = self.temporary()
        return name, f"({name} := {value})"


class Shape(ABC):
    """The form a value must have."""

    @property
    @abstractmethod
    def expected(self) -> str:
        """The form in words."""

    @property
    @abstractmethod
    def sample(self) -> object:
        """A value of this form."""

    @abstractmethod
    def fast(self, value: str, source: Source) -> str:
        """An expression over the expression `value`, which it evaluates exactly once; "" when anything will do."""

    @abstractmethod
    def problems(self, value: object, path: str) -> Iterator[Problem]:
        """What is wrong with the value."""


def shown(value: object) -> str:
    """A value, short enough for a message."""
    if isinstance(value, (dict, list)) and value:
        return f"{'object' if isinstance(value, dict) else 'array'} of {len(value)}"
    if isinstance(value, int) and value.bit_length() > LONG:
        return f"an integer of {value.bit_length()} bits"
    text = "null" if value is None else repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def compiled(shape: Shape) -> Predicate:
    """The shape's expression as a function."""
    source = Source()
    body = shape.fast("value", source) or "True"
    namespace = dict(source.bound)
    exec(f"def well_formed(value):\n    return {body}", namespace)
    predicate: Predicate = namespace["well_formed"]  # type: ignore[assignment]
    return predicate


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
