"""All that arrived for one client, over all its sockets, judged frame by frame as it arrives."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goldenpath.live.errors import ContractBroken, LiveError, MalformedFrame, ReaderFailed, ResumeBroken
from goldenpath.live.wire import Frame

if TYPE_CHECKING:
    from goldenpath.contracts import EventContract, Report
    from goldenpath.live.resume import Resume

Event = dict[str, Any]


@dataclass(slots=True)
class Arrival:
    """One frame, the event it holds if it is a JSON object, and what is wrong with it."""

    frame: Frame
    event: Event | None
    failure: LiveError | None = None


class Journal:
    """Writes down what arrives and holds it against the contract and the way the server resumes.

    What is wrong with an arrival is raised once: where it is read, at the next send, or when the client is closed.
    """

    def __init__(self, contract: EventContract | None, resume: Resume | None) -> None:
        self.events: list[Event] = []
        self.frames: list[Frame] = []
        self._checker = contract.checker() if contract else None
        self._resume = resume
        self._unraised: list[LiveError] = []

    def take(self, frame: Frame) -> Arrival:
        """A frame has arrived."""
        self.frames.append(frame)
        arrival = Arrival(frame, event_of(frame))
        if arrival.event is not None:
            self.events.append(arrival.event)
        if self._checker is not None or self._resume is not None:
            arrival.failure = self._judged(arrival)
            if arrival.failure is not None:
                self._unraised.append(arrival.failure)
        return arrival

    def _judged(self, arrival: Arrival) -> LiveError | None:
        event = arrival.event
        if event is None:
            return MalformedFrame(arrival.frame)
        try:
            complaint = self._resume.note(event) if self._resume is not None else None
        except Exception as error:
            return ReaderFailed(error, self.events)
        if complaint:
            return ResumeBroken(complaint, self.events)
        found = self._checker.feed(event) if self._checker is not None else ()
        broken = [violation for violation in found if violation.severity == "error"]
        return ContractBroken(broken, self.events) if broken else None

    def raise_of(self, arrival: Arrival) -> None:
        """Raise what is wrong with this arrival, unless that has been raised."""
        if arrival.failure is not None and arrival.failure in self._unraised:
            self._unraised.remove(arrival.failure)
            raise arrival.failure

    def raise_any(self) -> None:
        """Raise the first thing wrong that has not been raised."""
        if self._unraised:
            raise self._unraised.pop(0)

    def settle(self) -> list[LiveError]:
        """All that was wrong and has not been raised; it counts as raised from now on."""
        unraised, self._unraised = self._unraised, []
        return unraised

    def report(self) -> Report:
        """The contract's verdict on all of it; a run that has not ended by now counts as truncated."""
        if self._checker is None:
            raise ValueError("this client checks no contract; pass contract=GOLDEN_PATH when you make it")
        return self._checker.finish()


def event_of(frame: Frame) -> Event | None:
    """The JSON object in a text frame; None when it is something else."""
    if not isinstance(frame, str) or frame.lstrip()[:1] != "{":
        return None
    try:
        event = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) else None
