"""What a recorder was told beyond a plain return value; most are told nothing, so this is kept apart."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from goldenpath.doubles.marks import SELF, UNSET


class Setup:
    """A side effect, a return value and what is wrapped. A recorder without one takes the short way to its answer."""

    __slots__ = ("effect", "value", "wraps")

    def __init__(self, value: Any = UNSET) -> None:
        self.value = value
        self.effect: Any = None
        self.wraps: Callable[..., Any] | None = None

    def take(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """What the side effect makes of a call; UNSET where it leaves the answer to others."""
        effect = self.effect
        if effect is None:
            return UNSET
        if is_exception(effect):
            raise effect
        result = effect(*args, **kwargs) if callable(effect) else next(effect)
        if is_exception(result) and not callable(effect):
            raise result
        return UNSET if is_default(result) else result


def is_exception(value: object) -> bool:
    """Whether a value can be raised."""
    return isinstance(value, BaseException) or (isinstance(value, type) and issubclass(value, BaseException))


def is_default(value: object) -> bool:
    """Whether a value is `mock.DEFAULT`, which nobody can hold before unittest.mock is imported."""
    mock = sys.modules.get("unittest.mock")
    return mock is not None and value is mock.DEFAULT


def as_effect(value: Any) -> Any:
    """A side effect in the form it is taken: iterables are walked once, call by call."""
    if value is None or is_exception(value) or callable(value):
        return value
    try:
        return iter(value)
    except TypeError:
        raise TypeError(f"side_effect takes an exception, a callable or an iterable, not {value!r}") from None


def streamed(value: Any, stream: str) -> Any:
    """A value in the shape the method promises: where that is an iterator, anything iterable becomes one."""
    if not stream or value is SELF:
        return value
    if stream == "async":
        return value if hasattr(type(value), "__anext__") else replay(value)
    return value if hasattr(type(value), "__next__") else iter(value)


async def replay(items: Any) -> AsyncIterator[Any]:
    """An async iterator over anything that can be iterated."""
    if hasattr(type(items), "__aiter__"):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
