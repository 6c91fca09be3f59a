"""What the past says about a run: the slowest, the flakiest, and those that have become slower."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from goldenpath.runner.history.past import BAD, RETRIED, Past
from goldenpath.runner.record import Outcome, TestResult

_TO_SIGMA: Final = 1.4826
"""A median absolute deviation times this is a standard deviation, where noise is normal."""
_SIGMAS: Final = 6.0
"""Thousands of tests are compared at once: at six, chance alone raises a false alarm in one run of many."""
_SHARE: Final = 0.3
_SECONDS: Final = 0.02
"""Below these, being slower is of no interest to anybody."""
_ENOUGH: Final = 5
"""Runs before which nothing is said."""
_COMPARED: Final = 20
"""Tests that are needed to tell a slow machine from a slow test."""


@dataclass(frozen=True, slots=True)
class Slow:
    """A test and its time."""

    node_id: str
    seconds: float
    share: float
    """Of the time of all tests."""


@dataclass(frozen=True, slots=True)
class Flaky:
    """A test that passes and fails."""

    node_id: str
    runs: int
    flips: int
    """How often it went from good to bad or back."""
    retried: int
    """How often it passed only when it was tried again."""

    @property
    def rate(self) -> float:
        """The share of runs after which one could not know what it says."""
        return (self.flips + self.retried) / max(self.runs, 1)


@dataclass(frozen=True, slots=True)
class Regression:
    """A test that takes longer than it used to, by more than it ever varied."""

    node_id: str
    seconds: float
    usual: float
    """The median of the runs before."""
    limit: float
    """What its own noise would explain."""

    @property
    def times(self) -> float:
        """How many times as long."""
        return self.seconds / self.usual if self.usual else float("inf")


def slowest(results: Iterable[TestResult], number: int = 10) -> list[Slow]:
    """The tests that took longest."""
    results = list(results)
    total = sum(result.duration for result in results) or 1.0
    longest = sorted(results, key=lambda result: -result.duration)[:number]
    return [Slow(each.node_id, each.duration, each.duration / total) for each in longest]


def flakiest(pasts: Mapping[str, Past], number: int = 10) -> list[Flaky]:
    """The tests whose result says least; one that has failed ever since is broken, not flaky."""
    found = []
    for node_id, past in pasts.items():
        ran = past.letters.replace("s", "")
        verdicts = [letter in BAD for letter in ran]
        flips = sum(before != after for before, after in pairwise(verdicts))
        retried = ran.count(RETRIED)
        if retried or flips > 1:
            found.append(Flaky(node_id, len(ran), flips, retried))
    return sorted(found, key=lambda each: (-each.rate, -each.runs, each.node_id))[:number]


def regressions(results: Iterable[TestResult], pasts: Mapping[str, Past]) -> list[Regression]:
    """Tests slower than their past explains, after what slows all of them alike has been taken out.

    `pasts` is what was known before the run. A test's limit is its rolling median plus six standard deviations:
    its own, estimated so that single outliers do not count, or the usual one of all tests where that is larger, for a
    few runs can be quiet by chance.
    """
    compared = []
    for result in results:
        before = pasts[result.node_id].durations if result.node_id in pasts else []
        if result.outcome is Outcome.PASSED and result.attempts == 1 and len(before) >= _ENOUGH:
            compared.append((result, median(before), _spread(before)))
    factor = machine_factor([(result.duration, usual) for result, usual, _ in compared])
    usual_share = median([spread / usual for _, usual, spread in compared if usual] or [0.0])
    found = []
    for result, usual, spread in compared:
        limit = usual + max(_SIGMAS * max(spread, usual_share * usual), _SHARE * usual, _SECONDS)
        if result.duration / factor > limit:
            found.append(Regression(result.node_id, result.duration / factor, usual, limit))
    return sorted(found, key=lambda each: each.usual - each.seconds)


def _spread(seconds: list[float]) -> float:
    middle = median(seconds)
    return median(abs(each - middle) for each in seconds) * _TO_SIGMA


def machine_factor(pairs: list[tuple[float, float]]) -> float:
    """How much slower than usual everything was; 1 when too few tests are there to tell, and never less than 1."""
    ratios = [seconds / usual for seconds, usual in pairs if usual >= 0.001]
    return max(median(ratios), 1.0) if len(ratios) >= _COMPARED else 1.0
