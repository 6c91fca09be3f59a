"""HTML in which text is text: whatever is inserted is escaped, unless this module itself made it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

_VOID: Final = frozenset({"meta", "input", "br", "line", "rect", "path", "circle", "polyline"})


class Markup(str):
    """HTML that is safe as it is, because every text in it was escaped when it was put there."""

    __slots__ = ()


def text(value: object) -> Markup:
    """Any value as text: no tag, no entity, no attribute can come out of it."""
    if isinstance(value, Markup):
        return value
    return Markup(escape(str(value).encode("utf-8", "backslashreplace").decode("utf-8"), quote=True))


def join(parts: Iterable[object]) -> Markup:
    """Several parts in a row; None is nothing."""
    return Markup("".join(text(part) for part in parts if part is not None))


def element(tag: str, attributes: Mapping[str, object] | None = None, *children: object) -> Markup:
    """One element. An attribute that is None or False is left out, one that is True stands alone."""
    shown = "".join(_attribute(name, value) for name, value in (attributes or {}).items())
    if tag in _VOID and not children:
        return Markup(f"<{tag}{shown}/>")
    return Markup(f"<{tag}{shown}>{join(_flat(children))}</{tag}>")


def _attribute(name: str, value: object) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{text(value)}"'


def _flat(children: Iterable[object]) -> Iterable[object]:
    for child in children:
        if child is None:
            continue
        if isinstance(child, (list, tuple)):
            yield from _flat(child)
        else:
            yield child
