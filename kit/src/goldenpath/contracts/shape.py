"""What a JSON value must look like, as data.

A shape offers two things made from the same fields. `fast` writes a Python expression that is true only for
well-formed values: compiled into one function per event type it is what makes checking cheap. `problems` walks the
value and says what is wrong. It alone decides: the expression may be false, or raise KeyError, for a value that is well
formed, but is never true for one that is not.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

Predicate = Callable[[Any], bool]
SHOWN: Final = 60
LONG: Final = 256


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


def joined(path: str, name: str) -> str:
    """The path of a field inside the record at `path`."""
    return f"{path}.{name}" if path else name


def is_wrong_kind(problem: Problem, path: str) -> bool:
    """Whether the problem is that the value at this very path is of another kind."""
    return problem.rule == "EC105" and problem.path == path
