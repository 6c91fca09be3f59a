from __future__ import annotations

import random

import pytest

from goldenpath.runner.history import flakiest, regressions, slowest
from goldenpath.runner.history.forecast import Forecast
from goldenpath.runner.history.past import NO_PAST, Past
from goldenpath.runner.record import Outcome, TestResult

RUNS = 12


def passed(node_id: str, seconds: float) -> TestResult:
    return TestResult(node_id, Outcome.PASSED, duration=seconds)


def noisy(chance: random.Random, seconds: float) -> float:
    """A duration as a shared machine gives it: a fifth up or down, and now and then three times as long."""
    return seconds * chance.lognormvariate(0, 0.2) * (3 if chance.random() < 0.02 else 1)


def lives(chance: random.Random, tests: int) -> tuple[dict[str, float], dict[str, Past]]:
    usual = {f"t{number}": chance.uniform(0.01, 2.0) for number in range(tests)}
    pasts = {}
    for name, seconds in usual.items():
        past = NO_PAST
        for run in range(RUNS):
            past = past.after(passed(name, noisy(chance, seconds)), run)
        pasts[name] = past
    return usual, pasts


def test_noise_is_no_regression_and_a_slow_machine_is_none_either() -> None:
    chance = random.Random(3)
    usual, pasts = lives(chance, 2000)
    for machine in (1.0, 1.6):
        quiet = [passed(name, seconds * machine * chance.lognormvariate(0, 0.2)) for name, seconds in usual.items()]
        assert len(regressions(quiet, pasts)) <= 2


def test_what_really_became_four_times_slower_is_found_among_thousands_even_on_a_slow_machine() -> None:
    chance = random.Random(4)
    usual, pasts = lives(chance, 2000)
    worse = {name for name in list(usual)[:40] if usual[name] > 0.1}
    results = [
        passed(name, 1.5 * seconds * (4 if name in worse else 1) * chance.lognormvariate(0, 0.2))
        for name, seconds in usual.items()
    ]
    found = {each.node_id for each in regressions(results, pasts)}
    assert len(found & worse) >= len(worse) * 0.9
    assert len(found - worse) <= 2


def test_a_regression_says_how_much_and_what_noise_would_have_explained() -> None:
    past = NO_PAST
    for run in range(6):
        past = past.after(passed("a", 1.0 + run / 100), run)
    (found,) = regressions([passed("a", 2.0)], {"a": past})
    assert (found.seconds, found.usual) == (2.0, pytest.approx(1.025))
    assert found.usual < found.limit < 2.0
    assert found.times == pytest.approx(1.951, abs=0.001)


@pytest.mark.parametrize(
    "result", [passed("new", 9.0), TestResult("a", Outcome.FAILED, duration=9.0), passed("a", 1.2)]
)
def test_new_failed_and_slightly_slower_tests_are_no_regressions(result: TestResult) -> None:
    past = NO_PAST
    for run in range(6):
        past = past.after(passed("a", 1.0), run)
    assert regressions([result], {"a": past}) == []


def test_the_slowest_come_with_their_share_of_all_time() -> None:
    found = slowest([passed("a", 1.0), passed("b", 3.0), passed("c", 0.0)], 2)
    assert [(each.node_id, each.share) for each in found] == [("b", 0.75), ("a", 0.25)]


def test_flaky_is_what_changes_its_mind_not_what_is_broken() -> None:
    letters = {
        "broken": "ppFFFFFF",
        "fine": "pppppppp",
        "flips": "pFpppFpp",
        "retried": "pprppppp",
        "skips": "pspspsps",
    }
    found = flakiest({name: Past(row, (1,) * len(row), 8) for name, row in letters.items()})
    assert [(each.node_id, each.flips, each.retried) for each in found] == [("flips", 4, 0), ("retried", 0, 1)]


def pasts_of(seconds: float, *names: str) -> dict[str, Past]:
    return {name: NO_PAST.after(passed(name, seconds), 1) for name in names}


def test_a_forecast_counts_down_and_learns_the_pace_of_the_run() -> None:
    forecast = Forecast(6, 6.0, 2, pasts_of(2.0, *"abcdef"))
    assert forecast.remaining() == pytest.approx(6.0)
    forecast.finished("a", 4.0)
    forecast.finished("b", 4.0)
    assert forecast.remaining() == pytest.approx(8.0)
    for name in "cdef":
        forecast.finished(name, 4.0)
    assert forecast.remaining() == 0.0


def test_without_history_a_forecast_is_silent_until_something_has_run() -> None:
    forecast = Forecast(4, None, 1, {})
    assert forecast.remaining() is None
    forecast.finished("a", 3.0)
    assert forecast.remaining() == pytest.approx(9.0)
