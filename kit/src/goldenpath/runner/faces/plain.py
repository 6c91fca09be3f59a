"""Progress in lines, for pipes and logs."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TextIO

from goldenpath.reporting.wording import count, seconds
from goldenpath.runner import events
from goldenpath.runner.events import RunEvent
from goldenpath.runner.faces.summary import summary
from goldenpath.runner.faces.words import OUTCOMES
from goldenpath.runner.history.past import Past
from goldenpath.runner.record import Plan, RunRecord

_PAUSE: Final = 5.0
"""Seconds between two lines that only say how far it is."""


class PlainFace:
    """One line per happening of interest."""

    def __init__(
        self,
        stream: TextIO,
        pasts: dict[str, Past],
        performance: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._pasts = pasts
        self._performance = performance
        self._clock = clock
        self._total = self._done = self._bad = 0
        self._told = clock()

    def receive(self, event: RunEvent) -> None:
        """Say what is worth a line."""
        match event:
            case events.RunPlanned():
                self._total = event.plan.tests
                self._say(planned(event.plan))
            case events.CollectionFailed():
                self._say(f"✕ not collected  {event.error.path}: {event.error.message}")
            case events.WorkerDied():
                self._say(died(event))
            case events.LayerStarted():
                budget = f", {seconds(event.budget)} at most" if event.budget else ""
                self._say(f"== {event.layer}: {count(event.tests, 'test')}{budget}")
            case events.LayerFinished():
                self._say(f"== {event.result.name} {'met' if event.result.met else f'not met: {event.result.why}'}")
            case events.TestRetried():
                self._say(f"↻ {event.result.node_id} failed and is tried again: {event.result.message}")
            case events.TestFinished():
                self._finished(event)
            case events.ServiceChanged():
                took = f" in {seconds(event.state.seconds)}" if event.state.seconds is not None else ""
                detail = f": {event.state.detail}" if event.state.detail else ""
                self._say(f"service {event.state.name} {event.state.state}{took}{detail}")
            case events.Notice(warning=True):
                self._say(f"warning: {event.text}")

    def finish(self, record: RunRecord) -> None:
        """The summary."""
        for line in summary(record, self._pasts, self._performance):
            self._say(line)

    def _finished(self, event: events.TestFinished) -> None:
        self._done += 1
        result = event.result
        if result.outcome.bad:
            self._bad += 1
            word = OUTCOMES[result.outcome]
            self._say(f"{word.sign} {word.label}  {result.node_id}: {result.message}")
        elif self._clock() - self._told >= _PAUSE:
            failed = f", {self._bad} failed" if self._bad else ""
            self._say(f"{self._done:,} of {self._total:,}{failed}")

    def _say(self, line: str) -> None:
        self._told = self._clock()
        self._stream.write(line + "\n")
        self._stream.flush()


def planned(plan: Plan) -> str:
    """The plan in one line."""
    parts = [count(plan.tests, "test"), count(plan.workers, "worker")]
    if len(plan.layers) > 1:
        parts.append(count(len(plan.layers), "layer"))
    if plan.services:
        parts.append("services " + ", ".join(plan.services))
    if plan.predicted is not None:
        parts.append(f"about {seconds(plan.predicted)} by what they took before")
    return "; ".join(parts)


def died(event: events.WorkerDied) -> str:
    """What became of a worker."""
    running = f" while it ran {event.node_id}" if event.node_id else ""
    return f"☠ worker {event.worker} died{running}: {event.why}"
