"""The last runs of one test, in a few bytes."""

from __future__ import annotations

from statistics import median
from typing import Final, NamedTuple

from goldenpath.runner.record import Outcome, TestResult

LETTERS: Final = {
    Outcome.PASSED: "p",
    Outcome.FAILED: "F",
    Outcome.ERROR: "E",
    Outcome.SKIPPED: "s",
    Outcome.XFAILED: "x",
    Outcome.XPASSED: "X",
    Outcome.TIMED_OUT: "T",
    Outcome.CRASHED: "C",
}
RETRIED: Final = "r"
"""It passed, but not at once."""
BAD: Final = frozenset("FETC")
_TIMED: Final = frozenset("pFxXr")
"""Outcomes whose duration says how long the test takes: not one that was cut short or never began."""
RUNS_KEPT: Final = 20
_PER_SECOND: Final = 10_000
_RECENT: Final = 7


class Past(NamedTuple):
    """How often, how long and how it ended: one letter and one number per run, the oldest first."""

    letters: str
    units: tuple[int, ...]
    """Tenths of milliseconds, one per letter."""
    run: int
    """The number of the last run it took part in."""

    def after(self, result: TestResult, run: int) -> Past:
        """The same with one more run, the oldest forgotten."""
        letter = RETRIED if result.flaky else LETTERS[result.outcome]
        unit = round(max(result.duration, 0.0) / max(result.attempts, 1) * _PER_SECOND)
        return Past((self.letters + letter)[-RUNS_KEPT:], (*self.units, unit)[-RUNS_KEPT:], run)

    @property
    def durations(self) -> list[float]:
        """Seconds of the runs that say how long the test takes."""
        return [unit / _PER_SECOND for letter, unit in zip(self.letters, self.units, strict=True) if letter in _TIMED]

    @property
    def expected(self) -> float | None:
        """The median of the last few: one slow run changes nothing."""
        recent = self.durations[-_RECENT:]
        return median(recent) if recent else None

    @property
    def failed_last(self) -> bool:
        """Whether its last run that was not skipped went wrong."""
        ran = self.letters.replace("s", "")
        return bool(ran) and ran[-1] in BAD


NO_PAST: Final = Past("", (), 0)
