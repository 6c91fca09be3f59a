"""What a clause of a contract is, and what it sees while events go by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol

Event = dict[str, Any]


class Run:
    """What a checker remembers of one run: where it stands, what came, and one memory for each clause."""

    __slots__ = ("chunks", "ended", "key", "last", "marks", "memories", "previous")

    def __init__(self, key: object, memories: list[Any]) -> None:
        self.key = key
        self.memories = memories
        self.marks = 0
        self.last: str | None = None
        self.previous: str | None = None
        self.chunks: Streaming | None = None
        self.ended = False


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


class Act(NamedTuple):
    """What a clause does at a type of event.

    `unless` spares the call in the common case: an expression over the `event`, the clause's `memory` and the `case`
    that is true when there is nothing to do. An event without what it looks for (KeyError, TypeError) is not spared.
    """

    do: Callable[[Case, Run, Event], None]
    unless: str = ""


class Clause(ABC):
    """One demand of a contract beyond the form and the order of its events.

    A clause is frozen data. Compiled for its slot, it names the event types it watches, with what to do at each. Its
    memory of a run stands in `run.memories[slot]`; it begins as `blank`, which all runs share, so that a clause which
    remembers something puts something else there: a thing that is frozen, or that `copy.copy` makes independent.
    """

    blank: ClassVar[Any] = None

    @abstractmethod
    def acts(self, slot: int) -> Mapping[str, Act]:
        """What to do at which type of event; "*" stands for every type of a run."""

    def owes(self, memory: Any) -> bool:
        """Whether a run with this memory has something left undone, so that `at_end` has to look."""
        return False

    def at_end(self, slot: int, case: Case, run: Run) -> None:
        """Object to what a run that ends well has left undone."""
        return
