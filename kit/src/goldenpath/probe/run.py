"""One question and the run that answers it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from goldenpath.contracts import Checker
from goldenpath.probe.latency import END, FIRST, Latencies
from goldenpath.probe.reading import Reading, Seen

UNKNOWN: Final = "a type unknown to the contract"
"""All of them are one row: an endpoint must not decide how long the table is."""


class Outcome(StrEnum):
    """What became of a question."""

    ENDED = "ended"
    FAILED = "failed"
    REFUSED = "refused"
    RESET = "reset"
    LOST = "lost"
    LATE = "late"


@dataclass(slots=True)
class Run:
    """It is under way until `done`."""

    due: float
    reading: Reading
    checker: Checker
    done: asyncio.Future[Outcome]
    latencies: Latencies | None = None
    """Where its times go; what the probe itself disturbs is not measured."""
    id: str | None = None
    epoch: object = None
    seqs: list[int] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    """The types whose first event has been timed."""
    detail: str = ""
    ended_at: float = 0.0

    def note(self, seen: Seen, now: float) -> None:
        """One of its events has arrived."""
        if self.latencies is not None:
            if not self.types:
                self.latencies.note(FIRST, now - self.due)
            kind = seen.type if seen.type in self.reading.contract.events else UNKNOWN
            if kind not in self.kinds:
                self.kinds.add(kind)
                self.latencies.note(kind, now - self.due)
        self.types.append(seen.type)
        self.epoch = seen.epoch if seen.epoch is not None else self.epoch
        if seen.seq is not None:
            self.seqs.append(seen.seq)
        self.checker.feed(self.reading.canonical(seen))
        contract = self.reading.contract
        if seen.type in contract.terminal and not self.done.done():
            self.ended_at = now
            if self.latencies is not None:
                self.latencies.note(END, now - self.due)
            good = seen.type in contract.last
            self.settle(Outcome.ENDED if good else Outcome.FAILED, "" if good else f"it ended with {seen.type}")

    def settle(self, outcome: Outcome, detail: str = "") -> None:
        """It is decided what became of it."""
        if not self.done.done():
            self.detail = detail
            self.done.set_result(outcome)

    @property
    def outcome(self) -> Outcome | None:
        """What became of it; None while it is under way."""
        return self.done.result() if self.done.done() else None
