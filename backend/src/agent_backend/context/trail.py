"""The audit trail of a run: what was done in it, when, and how deep."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

LONGEST: Final = 1000
"""Entries that are kept of one run: the latest, so that a loop cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class TrailEntry:
    """One thing that was done."""

    at: datetime
    action: str
    request_id: str
    depth: int
    facts: Mapping[str, Any]


class AuditTrail:
    """The entries of a context and all its descendants, oldest first; `dropped` tells how many are gone."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._entries: deque[TrailEntry] = deque(maxlen=longest)
        self._added = 0

    def add(self, entry: TrailEntry) -> None:
        self._added += 1
        self._entries.append(entry)

    @property
    def dropped(self) -> int:
        return self._added - len(self._entries)

    def __iter__(self) -> Iterator[TrailEntry]:
        return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)
