"""The record of a run, and the one number that tells two runs apart."""

from __future__ import annotations

from hashlib import blake2b
from itertools import count
from typing import Final, NamedTuple

FOLD_AT: Final = 1 << 16


class Event(NamedTuple):
    """Something worth telling: who said what to whom at which moment, and what became of it."""

    at: float
    what: str
    sender: str = ""
    receiver: str = ""
    fate: str = ""
    """Empty where all went well, else the faults that befell it."""
    until: float | None = None
    """When it arrived; None if it never did."""
    place: int = 0
    """Its place among the events of the same moment: what became of an event is known only after later ones began."""


class Trace:
    """Every choice of the scheduler, every move of the clock and every event, folded into a hash as they come.

    Only what is the same in each process goes in: numbers, and names that the program chose; never an address, a
    `hash()` or a name that asyncio numbers across the whole process.
    """

    def __init__(self) -> None:
        self._digest = blake2b(digest_size=16)
        self._entries: list[object] = []
        self.events: list[Event] = []
        self._places = count(1)
        self.record = self._entries.append
        """Adds one entry; the bound method itself, because the loop calls it on each step."""

    def place(self) -> int:
        """The place of an event that begins now."""
        return next(self._places)

    def tell(self, event: Event) -> None:
        """Add an event, which the timeline will show."""
        self.events.append(event)
        self.record(tuple(event))

    def fold(self) -> bool:
        """Take the entries up into the hash once there are many; says whether there were."""
        if len(self._entries) < FOLD_AT:
            return False
        self._fold()
        return True

    def _fold(self) -> None:
        if self._entries:
            text = repr(self._entries).removeprefix("[").removesuffix("]") + ", "
            self._digest.update(text.encode("utf-8", "surrogatepass"))
            self._entries.clear()

    @property
    def hash(self) -> str:
        """Equal for two runs that took the same steps at the same times and said the same things."""
        self._fold()
        return self._digest.hexdigest()
