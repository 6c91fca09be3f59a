"""Who set what: the entries of one layer of the environment, in the order they were made."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from goldenpath.environment.faults import InvalidVariable

INHERITED: Final = "process"
"""The source of what the process was started with, or what was written to `os.environ` behind our back."""

REMEMBERED: Final = 64
"""How many changes of one variable are kept."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value and where it came from; None says that the variable was deleted. Its repr never holds the value."""

    value: str | None = field(repr=False)
    source: str


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a variable's history, for reading: the value of a secret is masked, that of a deletion None."""

    key: str
    value: str | None
    source: str


class Ledger:
    """The changes made in one layer: the process itself, or one overlay."""

    __slots__ = ("_entries", "open")

    def __init__(self, entries: Mapping[str, Entry] | None = None) -> None:
        self._entries: dict[str, deque[Entry]] = {}
        self.open = True
        for key, entry in (entries or {}).items():
            self.record(key, entry)

    def record(self, key: str, entry: Entry) -> None:
        """Add a change."""
        self._entries.setdefault(key, deque(maxlen=REMEMBERED)).append(entry)

    def last(self, key: str) -> Entry | None:
        """The latest change, or None where the layer says nothing about the variable."""
        entries = self._entries.get(key)
        return entries[-1] if entries else None

    def entries(self, key: str) -> list[Entry]:
        """Every change that is remembered, oldest first."""
        return list(self._entries.get(key, ()))

    def latest(self) -> dict[str, Entry]:
        """The latest change of each variable that this layer says something about."""
        return {key: entries[-1] for key, entries in self._entries.items()}

    def copy(self) -> Ledger:
        """The same entries, to be changed apart from these."""
        twin = Ledger()
        twin._entries = {key: entries.copy() for key, entries in self._entries.items()}
        return twin

    def become(self, other: Ledger) -> None:
        """Hold what another layer holds, and nothing else."""
        self._entries = other._entries


def sealed(
    values: Mapping[str, Any], source: str, *, deletable: bool = False
) -> tuple[dict[str, Entry], InvalidVariable | None]:
    """Wrap values so that no traceback shows them, and say what is wrong with them.

    The fault is returned, not raised: the caller lets go of the bare values first, because pytest and other tools print
    the arguments and locals of every frame that an exception passes through.
    """
    faults = (_fault(key, value, deletable) for key, value in values.items())
    entries = {key: Entry(value, source) for key, value in values.items()}
    return entries, next((InvalidVariable(fault) for fault in faults if fault), None)


def _fault(key: Any, value: Any, deletable: bool) -> str | None:
    if not isinstance(key, str) or not key or "=" in key or "\0" in key or not _encodable(key):
        return f"{key!r} cannot name an environment variable; a name is a non-empty string without '=' and NUL"
    if value is None and deletable:
        return None
    if not isinstance(value, str):
        hint = "delete() removes a variable" if value is None else "convert it with str()"
        return f"{key} must be a string, not {type(value).__name__}; {hint}"
    if "\0" in value:
        return f"{key} holds a NUL character, which no environment variable can"
    if not _encodable(value):
        return f"{key} holds a character that this system cannot put into an environment variable"
    return None


def _encodable(text: str) -> bool:
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True
