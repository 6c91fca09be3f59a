"""What a clause of a contract is, and what it sees while events go by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

Event = dict[str, Any]


class Run:
    """What a checker remembers of one run: where it stands, and one memory for each clause."""

    __slots__ = ("chunks", "ended", "key", "last", "marks", "memories", "previous")

    def __init__(self, key: object, transitions: int, memories: list[Any]) -> None:
        self.key = key
        self.ended = False
        self.last: str | None = None
        self.previous: str | None = None
        self.marks = bytearray(transitions)
        self.memories = memories
        self.chunks: Streaming | None = None


class Streaming(Protocol):
    """An item that is being sent as chunks; nearly any other event ends it."""

    def end(self, case: Case, run: Run) -> None:
        """The item is complete."""


class Case(Protocol):
    """The checker as a clause sees it: the type at hand, a memory that outlives the runs, a place to object."""

    known: dict[Any, Any]
    type: str | None

    def object_to(self, rule: str, message: str, expected: str = "", actual: str = "", path: str = "") -> None:
        """Report the event at hand (or, at a run's end, the run) for breaking a rule."""

    def give_up(self, reason: str) -> None:
        """Say that something can no longer be judged, so that silence is not taken for approval."""


Act = Callable[[Case, Run, Event], None]


class Clause(Protocol):
    """One demand of a contract beyond the form and the order of its events.

    A clause is frozen data. Compiled for its slot, it names the event types it watches, with what to do at each. Its
    memory of a run stands in `run.memories[slot]`; it begins as `blank`, which all runs share, so that a clause which
    remembers something puts something else there: a thing that is frozen, or that `copy.copy` makes independent.
    """

    @property
    def blank(self) -> Any:
        """The memory of a run in which nothing has happened yet."""

    def acts(self, slot: int) -> Mapping[str, Act]:
        """What to do at which type of event; "*" stands for every type of a run."""

    def at_end(self, slot: int, case: Case, run: Run) -> None:
        """What must hold when the run ends well."""
