"""When a run will be done, from what was predicted and from how right that has been so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from goldenpath.runner.history.past import NO_PAST, Past

_TRUSTED: Final = 2.0
"""Seconds of finished tests before the run's own pace counts."""


class Forecast:
    """The seconds that are left, while a run goes on."""

    def __init__(self, tests: int, predicted: float | None, workers: int, pasts: Mapping[str, Past]) -> None:
        self._tests = tests
        self._work = None if predicted is None else predicted * max(workers, 1)
        """Seconds of work that are predicted for all workers together."""
        self._workers = max(workers, 1)
        self._pasts = pasts
        self._done = 0
        self._expected = 0.0
        self._known = 0.0
        self._took = 0.0

    def finished(self, node_id: str, seconds: float) -> None:
        """A test is done."""
        expected = self._pasts.get(node_id, NO_PAST).expected
        self._done += 1
        self._took += seconds
        if expected is not None:
            self._expected += expected
            self._known += seconds

    def remaining(self) -> float | None:
        """Seconds until everything is done; None while that would be a guess."""
        if self._tests <= self._done:
            return 0.0
        if self._work is not None:
            pace = self._known / self._expected if self._known >= _TRUSTED and self._expected else 1.0
            return max(self._work - self._expected, 0.0) * pace / self._workers
        if not self._done:
            return None
        return self._took / self._done * (self._tests - self._done) / self._workers
