"""Dotted paths into events, such as `payload.tool_call_id`."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import getitem, itemgetter
from typing import Any

from goldenpath.contracts.clause import Event

Getter = Callable[[Event], Any]


def getter(path: str) -> Getter:
    """What stands at the path of an event; None when nothing does, as at the end of the empty path."""
    if not path:
        return lambda event: None
    first, *rest = path.split(".")
    if not rest:
        return lambda event: event.get(first)
    if len(rest) == 1:
        (second,) = rest

        def two_deep(event: Event) -> Any:
            inner = event.get(first)
            return inner.get(second) if isinstance(inner, dict) else None

        return two_deep
    outer, deeper = getter(first), getter(".".join(rest))

    def many_deep(event: Event) -> Any:
        inner = outer(event)
        return deeper(inner) if isinstance(inner, dict) else None

    return many_deep


def reader(path: str) -> Getter:
    """What stands at the path of an event, faster; KeyError or TypeError when nothing does."""
    parts = path.split(".")
    if len(parts) == 1:
        return itemgetter(path)
    if len(parts) > 2:
        return lambda event: reduce(getitem, parts, event)
    outer, inner = parts
    return lambda event: event[outer][inner]
