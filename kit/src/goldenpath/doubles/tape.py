"""The tape: what was called, in order, shared by a double and everything touched under it.

Recorders point at the tape, never at the double they belong to, so a double and its children form a tree that
reference counting frees on its own. A child's `mock_calls` is a view of the tape: the entries whose path starts with
the child's own.
"""

from __future__ import annotations

from collections.abc import Awaitable
from threading import RLock
from typing import Any, Final, Protocol

from goldenpath.doubles.calls import Entry

OPENING: Final = RLock()
"""Held only while something that did not exist is put in place, so that two threads never do it twice.

Reentrant, because a finalizer may run anywhere and may call a double.
"""


FORGOTTEN: Final = ("forgotten",)
"""The entry that marks where a path was reset."""


class Interference(Protocol):
    """What may happen to a call before it is answered: it raises, or returns something to await first."""

    def __call__(self, path: str, awaits: bool, /) -> Awaitable[object] | None: ...


class Tape:
    """The calls of one double: a flat list of path, entry, path, entry ..."""

    __slots__ = ("entries",)

    name: str | None = None
    snapshot = False
    interfere: Interference | None = None
    tenant: str | None = None

    def __init__(self) -> None:
        self.entries: list[Any] | None = None

    def count(self) -> int:
        """How many calls are on the tape."""
        return sum(entry is not FORGOTTEN for entry in (self.entries or ())[1::2])

    def under(self, path: str) -> list[tuple[str, Entry]]:
        """The calls made at or below a path, in order, each with what remains of its own path."""
        entries = list(self.entries or ())
        skip = len(path)
        seen: list[tuple[str, Entry]] = []
        for place, entry in zip(entries[::2], entries[1::2], strict=True):
            if entry is FORGOTTEN:
                if place == path:
                    seen.clear()
            elif not skip or place == path or (place.startswith(path) and place[skip] in ".("):
                seen.append((place[skip:].removeprefix("."), entry))
        return seen

    def forget(self, path: str) -> None:
        """Let the calls so far be unseen from one path; those above it still see them."""
        if not path and self.entries is not None:
            self.entries.clear()
        elif self.entries is not None:
            self.entries.extend((path, FORGOTTEN))


class MarkedTape(Tape):
    """A tape that carries more than calls: a name, a tenant, and what happens around each call."""

    __slots__ = ("interfere", "name", "snapshot", "tenant")

    def __init__(
        self, name: str | None, snapshot: bool = False, interfere: Interference | None = None, tenant: str | None = None
    ) -> None:
        super().__init__()
        self.name = name
        self.snapshot = snapshot
        self.interfere = interfere
        self.tenant = tenant
