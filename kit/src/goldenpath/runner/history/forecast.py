"""When a run will be done, from what is left and from how right the expectations have been so far."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Final

_UNKNOWN: Final = 0.05
"""Seconds of a test when nothing at all is known."""
_TRUSTED: Final = 2.0
"""Seconds of finished tests before the run's own pace counts."""


def schedule_seconds(seconds: Iterable[float | None], workers: int) -> float | None:
    """How long some tests take on some workers, the longest first; None when none of them was ever seen."""
    seconds = list(seconds)
    known = [each for each in seconds if each is not None]
    if not known:
        return 0.0 if not seconds else None
    usual = median(known)
    return _makespan([usual if each is None else each for each in seconds], [0.0] * max(workers, 1))


def _makespan(seconds: Iterable[float], free: list[float]) -> float:
    """The moment the last worker is done, when each takes the longest that is left as soon as it is free."""
    heapq.heapify(free)
    for each in sorted(seconds, reverse=True):
        heapq.heapreplace(free, free[0] + each)
    return max(free)


class Forecast:
    """The seconds that are left, while a run goes on."""

    def __init__(self, expected: Mapping[str, float | None], workers: int) -> None:
        known = [seconds for seconds in expected.values() if seconds is not None]
        usual = median(known) if known else None
        self.informed = usual is not None
        """Whether history knows anything of these tests."""
        self._waiting = {name: each if each is not None else (usual or _UNKNOWN) for name, each in expected.items()}
        self._running: dict[str, tuple[float, float]] = {}
        self._workers = max(workers, 1)
        self._expected = 0.0
        self._took = 0.0
        self._done = 0

    def started(self, node_id: str, at: float) -> None:
        """A worker took a test."""
        self._running[node_id] = (self._waiting.pop(node_id, _UNKNOWN), at)

    def finished(self, node_id: str, seconds: float) -> None:
        """A test is done."""
        expected = self._running.pop(node_id, (self._waiting.pop(node_id, 0.0), 0.0))[0]
        self._expected += expected
        self._took += seconds
        self._done += 1

    def remaining(self, now: float) -> float | None:
        """Seconds until everything is done; None while that would be a guess."""
        if not self.informed and not self._done:
            return None
        pace = self._took / self._expected if self._took >= _TRUSTED and self._expected > 0 else 1.0
        if not self.informed:
            usual = self._took / self._done
            waiting = [usual] * len(self._waiting)
        else:
            waiting = [each * pace for each in self._waiting.values()]
        running = [max(expected * pace - (now - at), 0.0) for expected, at in self._running.values()]
        free = (running + [0.0] * self._workers)[: max(self._workers, len(running))]
        return _makespan(waiting, free)
