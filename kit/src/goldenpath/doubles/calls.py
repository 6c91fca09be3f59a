"""One recorded call: kept as a bare tuple, turned into a `unittest.mock.call` only when somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from goldenpath.doubles.marks import KEYED

if TYPE_CHECKING:
    from unittest.mock import _Call


Entry = tuple[Any, ...]
"""A call without keywords is its own argument tuple; one with keywords is KEYED, the names, the arguments, the values.

A dictionary per call would cost twice as much; the names are shared by all calls that look alike.
"""


class Call(NamedTuple):
    """A call taken apart."""

    name: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def __str__(self) -> str:
        values = [*map(repr, self.args), *(f"{key}={value!r}" for key, value in self.kwargs.items())]
        return f"{self.name}({', '.join(values)})"

    def same(self, actual: Call) -> bool:
        """Whether this expectation equals what happened; the expectation is asked first, so that ANY works."""
        return self.name == actual.name and self.args == actual.args and self.kwargs == actual.kwargs


class CallList(list[Any]):
    """Recorded calls; `in` also finds a run of calls, as it does in unittest.mock."""

    def __contains__(self, value: object) -> bool:
        if not isinstance(value, list):
            return list.__contains__(self, value)
        width = len(value)
        return any(self[start : start + width] == value for start in range(len(self) - width + 1))


def unpack(entry: Entry, name: str = "") -> Call:
    """The call an entry stands for."""
    if not entry or entry[0] is not KEYED:
        return Call(name, entry, {})
    _, names, args, values = entry
    return Call(name, args, dict(zip(names, values, strict=True)))


def as_mock(entry: Entry, name: str | None = None) -> _Call:
    """The same call as an object of unittest.mock, which is imported here, on first use."""
    from unittest.mock import call

    args, kwargs = unpack(entry)[1:]
    make: Any = type(call)
    made: _Call = make((args, kwargs), two=True) if name is None else make((name, args, kwargs))
    return made


def as_mocks(entries: Iterable[Entry]) -> CallList:
    """Entries as `call` objects."""
    return CallList(as_mock(entry) for entry in entries)


def parse(expected: Any) -> Call:
    """Take a `call` object, or a tuple written in its stead, apart."""
    if not isinstance(expected, tuple):
        raise TypeError(f"expected a call such as call('x', key=1), got {expected!r}")
    name: str = ""
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = {}
    for part in expected:
        if isinstance(part, str):
            name = part
        elif isinstance(part, tuple):
            args = part
        elif isinstance(part, Mapping):
            kwargs = part
        else:
            raise TypeError(f"expected a call as (name, args, kwargs), got {expected!r}")
    return Call(name.removeprefix("."), args, kwargs)
