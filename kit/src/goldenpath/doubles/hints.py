"""What an annotation says about the value behind it: nothing, None, the double itself, a class to double, a stream."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin

from goldenpath.doubles.marks import SELF, UNSET

HEAD: Final = re.compile(r"[\"']?(?:\w+\.)*(\w+)")
AWAITABLE: Final = frozenset({"Awaitable", "Coroutine", "Future", "Task"})
ASYNC_STREAM: Final = frozenset({"AsyncIterator", "AsyncGenerator", "AsyncIterable"})
SYNC_STREAM: Final = frozenset({"Iterator", "Generator"})
UNTELLING: Final = frozenset(
    {"builtins", "typing", "collections.abc", "types", "abc"} | {"datetime", "decimal", "fractions", "uuid", "pathlib"}
)
"""Modules whose classes are values, or say too little to be doubled: a `Sequence` is anything."""


VALUES: Final = (Enum, str, bytes, int, float, dict, list, set, frozenset)
"""Classes under these are values as well, a TypedDict for one."""


def raw(holder: Any) -> dict[str, Any]:
    """The annotations of a class or function as they were written, never evaluated."""
    if sys.version_info >= (3, 14):
        from annotationlib import Format

        return dict(inspect.get_annotations(holder, format=Format.FORWARDREF))
    return dict(inspect.get_annotations(holder))


def head(annotation: object) -> str:
    """The outermost name of an annotation, whether it is written as text or as an object."""
    if isinstance(annotation, str):
        found = HEAD.match(annotation)
        return found.group(1) if found else ""
    name = getattr(get_origin(annotation) or annotation, "__name__", None) or getattr(annotation, "_name", None)
    return name if isinstance(name, str) else ""


def may_await(annotation: object) -> bool:
    """Whether a union has an awaitable among its members, as redis-py's `Awaitable[X] | X`."""
    if isinstance(annotation, str):
        return "|" in annotation and any(name in annotation for name in AWAITABLE)
    return get_origin(annotation) in (Union, UnionType) and any(
        head(part) in AWAITABLE for part in get_args(annotation)
    )


def resolve(annotation: object, function: Callable[..., Any] | None, home: type) -> object:
    """The annotation as an object, or UNSET where its names cannot be found (imported for type checking only)."""
    if not isinstance(annotation, str):
        return annotation
    names = {**vars(sys.modules.get(home.__module__, object)), **getattr(function, "__globals__", {})}
    try:
        return eval(annotation, names, {home.__name__: home})
    except (NameError, AttributeError, TypeError, SyntaxError):
        return UNSET


def telling(annotation: object, home: type) -> object:
    """What stands behind a resolved annotation: a class to double, None, SELF, or UNSET where nothing is said."""
    name = head(annotation)
    if name == "Self":
        return SELF
    if annotation is None or annotation is NoneType:
        return None
    arguments = get_args(annotation)
    if name in AWAITABLE and arguments:
        return telling(arguments[-1], home)
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        kinds = [part for part in arguments if part is not NoneType]
        return telling(kinds[0], home) if len(kinds) == 1 else UNSET
    kind = origin or annotation
    is_class = isinstance(kind, type) and not issubclass(kind, VALUES) and kind.__module__ not in UNTELLING
    if is_class and name not in ASYNC_STREAM | SYNC_STREAM:
        return kind
    return UNSET
