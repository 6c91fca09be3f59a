"""The soak's rule tells what grows from what only goes up and down."""

from __future__ import annotations

import random
import runpy
from pathlib import Path
from typing import Any

import pytest

TREND = runpy.run_path(str(Path(__file__).parents[3] / "bench" / "_soak" / "trend.py"))["trend"]
RUNS = [float(number * 6) for number in range(600)]


def noisy(slope: float) -> list[float]:
    """A level of 60 that goes up and down by 2, and grows by so much per run."""
    chance = random.Random(1)
    return [60 + chance.uniform(-2, 2) + slope * runs for runs in RUNS]


def judged(slope: float) -> Any:
    return TREND(RUNS, noisy(slope))


def test_what_only_goes_up_and_down_is_flat() -> None:
    trend = judged(0.0)
    assert trend.flat
    assert abs(trend.slope_per_1000_runs) < 1


def test_what_grows_is_not_flat_and_its_slope_is_found() -> None:
    trend = judged(0.005)
    assert not trend.flat
    assert trend.slope_per_1000_runs == pytest.approx(5, abs=trend.confidence_95)


def test_what_shrinks_is_flat() -> None:
    assert judged(-0.005).flat


def test_a_growth_of_less_than_a_twentieth_over_the_load_is_flat() -> None:
    assert TREND(RUNS, [100 + runs / 1000 for runs in RUNS]).flat
    assert not TREND(RUNS, [100 + runs / 100 for runs in RUNS]).flat


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="19 samples are too few for a trend; it takes 20"):
        TREND(RUNS[:19], RUNS[:19])
