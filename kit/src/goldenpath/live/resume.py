"""Coming back after a lost connection: what to ask for, and whether exactly what was missed came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

TERMINAL = frozenset({"agent_completed", "agent_error"})


class Resume(Protocol):
    """How one server lets its clients come back; write your own where yours does it differently."""

    def note(self, event: Mapping[str, Any]) -> str | None:
        """Learn from an event that arrived; say what is wrong if it does not follow on those before."""

    def ask(self) -> Iterable[Mapping[str, Any]]:
        """The messages that ask the server for what was missed."""


@dataclass(slots=True)
class _Place:
    epoch: object
    seq: int


class RunCursors:
    """Resumes each run that has not ended by `{"type": "resume", "run": …, "epoch": …, "after": …}`.

    Within an epoch a run's events are numbered without gaps and none comes twice; an event of the type `reset` says
    that the server cannot go on from there and that the numbering goes on from its own.
    """

    def __init__(
        self,
        *,
        run: str = "run_id",
        seq: str = "seq",
        epoch: str = "epoch",
        reset: str = "reset",
        terminal: Iterable[str] = TERMINAL,
    ) -> None:
        self._run, self._seq, self._epoch, self._reset = run, seq, epoch, reset
        self._terminal = frozenset(terminal)
        self._places: dict[str, _Place] = {}
        self._ended: set[str] = set()

    def note(self, event: Mapping[str, Any]) -> str | None:
        """Move the run's cursor; say so when the event came again, came late or left something out."""
        run, seq, epoch = event.get(self._run), event.get(self._seq), event.get(self._epoch)
        if not isinstance(run, str) or not isinstance(seq, int):
            return None
        place, type_ = self._places.get(run), event.get("type")
        self._places[run] = _Place(epoch, seq if place is None else max(seq, place.seq))
        if type_ in self._terminal:
            self._ended.add(run)
        if place is None or type_ == self._reset:
            self._places[run].seq = seq
            return None
        if epoch != place.epoch:
            return f"run {run} went on in epoch {epoch!r} after {place.epoch!r} without a {self._reset}"
        if seq <= place.seq:
            return f"event {seq} of run {run} came again: {place.seq} had arrived"
        if seq > place.seq + 1:
            return f"run {run} went on with event {seq}, but the next after {place.seq} is {place.seq + 1}"
        return None

    def ask(self) -> Iterable[Mapping[str, Any]]:
        """One message for each run that has not ended."""
        for run, place in self._places.items():
            if run not in self._ended:
                yield {"type": "resume", "run": run, "epoch": place.epoch, "after": place.seq}
