"""Takes anything apart into the texts and bytes in it, each with the way that leads to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final, NamedTuple

SILENT: Final = (bool, type(None))
DEEPEST: Final = 200


class Leaf(NamedTuple):
    """A piece that can be searched."""

    path: str
    data: bytes


class TooDeep(ValueError):
    """Something is nested so deeply that it was not searched to the end."""


def leaves(thing: Any, path: str = "") -> Iterator[Leaf]:
    """Every text, number and key in a thing: mappings, sequences, dataclasses, errors, objects with attributes."""
    yield from _walk(thing, path, set(), 0)


def _walk(thing: Any, path: str, above: set[int], depth: int) -> Iterator[Leaf]:
    if isinstance(thing, SILENT):
        return
    if isinstance(thing, str):
        yield Leaf(path, thing.encode("utf-8", "surrogatepass"))
        return
    if isinstance(thing, (bytes, bytearray, memoryview)):
        yield Leaf(path, bytes(thing))
        return
    if id(thing) in above:
        return
    if depth > DEEPEST:
        raise TooDeep(f"{path[:80]}… is nested more than {DEEPEST} deep and was not searched to the end")
    within = above | {id(thing)}
    inner = list(_parts(thing))
    for step, part in inner:
        yield from _walk(part, path + step, within, depth + 1)
    if not inner and not isinstance(thing, (Mapping, list, tuple, set, frozenset)):
        yield Leaf(path, str(thing).encode("utf-8", "surrogatepass"))


def _parts(thing: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, Mapping):
        for key, value in thing.items():
            yield ".<key>", key
            yield f".{_shown(key)}", value
    elif isinstance(thing, BaseException):
        yield from _parts_of_error(thing)
    elif is_dataclass(thing) and not isinstance(thing, type):
        for each in fields(thing):
            yield f".{each.name}", getattr(thing, each.name, None)
    elif isinstance(thing, tuple) and hasattr(thing, "_fields"):
        yield from ((f".{name}", value) for name, value in zip(thing._fields, thing, strict=True))
    elif isinstance(thing, (list, tuple, set, frozenset)) or (
        isinstance(thing, Iterable) and hasattr(thing, "__len__") and not isinstance(thing, type)
    ):
        yield from ((f"[{at}]", value) for at, value in enumerate(thing))
    elif not isinstance(thing, type):
        yield from ((f".{name}", value) for name, value in _attributes(thing) if not callable(value))


def _attributes(thing: Any) -> Iterator[tuple[str, Any]]:
    yield from getattr(thing, "__dict__", {}).items()
    for kind in type(thing).__mro__:
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(thing, name):
                yield name, getattr(thing, name)


def _parts_of_error(error: BaseException) -> Iterator[tuple[str, Any]]:
    """Its text, and all that goes with it into a log or an answer: arguments, notes, causes, members of a group."""
    yield ".text", str(error)
    yield ".args", list(error.args)
    yield ".notes", list(getattr(error, "__notes__", ()))
    yield ".attributes", {name: value for name, value in vars(error).items() if name != "__notes__"}
    if error.__cause__ is not None:
        yield ".cause", error.__cause__
    if error.__context__ is not None and not error.__suppress_context__:
        yield ".context", error.__context__
    if isinstance(error, BaseExceptionGroup):
        yield ".exceptions", list(error.exceptions)


def _shown(key: Any) -> str:
    return key if isinstance(key, str) else key.decode("utf-8", "replace") if isinstance(key, bytes) else str(key)
