"""What a factory has made: remembered weakly, counted always."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Lock
from typing import Any, Final, NamedTuple
from weakref import ref

from goldenpath.doubles.failures import FailurePlan

SWEEP: Final = 256
"""How many references to the dead are nothing to sweep for."""


class Entry(NamedTuple):
    """One double that was made."""

    kind: str
    double: ref[Any]
    plan: FailurePlan | None
    tenant: str | None


class Made:
    """How many doubles of one kind were made, and in how many seconds."""

    __slots__ = ("count", "seconds")

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0


class Registry:
    """The doubles of one factory that are still alive, and the tally of all.

    It keeps no double alive. The references to the dead are swept whenever they might outnumber the living.
    """

    __slots__ = ("_entries", "_lock", "_sweep_at", "made")

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: list[Entry] = []
        self._sweep_at = SWEEP
        self.made: dict[str, Made] = {}

    def start_anew(self) -> None:
        """Begin the tally again, and forget the dead."""
        with self._lock:
            self.made = {}
            self._sweep()

    def _sweep(self) -> None:
        self._entries = [entry for entry in self._entries if entry.double() is not None]
        self._sweep_at = 2 * len(self._entries) + SWEEP

    def add(self, kind: str, double: Any, seconds: float, plan: FailurePlan | None, tenant: str | None) -> None:
        """Remember a double that took so long to make."""
        with self._lock:
            tally = self.made.get(kind)
            if tally is None:
                tally = self.made[kind] = Made()
            tally.count += 1
            tally.seconds += seconds
            self._entries.append(Entry(kind, ref(double), plan, tenant))
            if len(self._entries) > self._sweep_at:
                self._sweep()

    def alive(self) -> Iterator[tuple[Entry, Any]]:
        """Every living double, in the order they were made."""
        with self._lock:
            entries = list(self._entries)
        for entry in entries:
            double = entry.double()
            if double is not None:
                yield entry, double
