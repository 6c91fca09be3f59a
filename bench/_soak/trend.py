"""Does a figure grow with the work done? A line through the means of blocks, and how sure one can be of its slope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean
from typing import Final

BLOCKS: Final = 10
"""Neighbouring samples are alike; means over blocks are nearly independent, which the confidence needs."""
STUDENT: Final = 2.306
"""The 97.5 % quantile of Student's t with BLOCKS - 2 degrees of freedom."""
TOLERATED: Final = 0.05
"""Of the level, over the whole load."""
RULE: Final = (
    "flat: the 95 % confidence interval of the slope (least squares over the means of ten blocks, the first third of "
    "the run left out as warm-up) reaches down to 0, or its upper end means less than 5 % of the level over the load"
)


@dataclass(frozen=True, slots=True)
class Trend:
    """How a figure went along with the number of runs."""

    level: float
    highest: float
    slope_per_1000_runs: float
    confidence_95: float
    """The true slope is within so much of it, with 95 %."""
    flat: bool

    def to_json(self) -> dict[str, object]:
        return {
            "level": round(self.level, 2),
            "highest": round(self.highest, 2),
            "slope_per_1000_runs": round(self.slope_per_1000_runs, 3),
            "confidence_95": round(self.confidence_95, 3),
            "flat": self.flat,
        }


def trend(runs: Sequence[float], values: Sequence[float]) -> Trend:
    """The trend of the values over the runs done when they were taken; at least two of them per block."""
    if len(runs) < 2 * BLOCKS:
        raise ValueError(f"{len(runs)} samples are too few for a trend; it takes {2 * BLOCKS}")
    x, y = _means(runs), _means(values)
    center, level = fmean(x), fmean(y)
    spread = sum((each - center) ** 2 for each in x)
    slope = sum((a - center) * (b - level) for a, b in zip(x, y, strict=True)) / spread
    residuals = sum((b - level - slope * (a - center)) ** 2 for a, b in zip(x, y, strict=True))
    margin = STUDENT * sqrt(residuals / (BLOCKS - 2) / spread)
    growth = (slope + margin) * (x[-1] - x[0])
    flat = slope - margin <= 0 or growth < TOLERATED * level
    return Trend(level, max(values), slope * 1000, margin * 1000, flat)


def _means(values: Sequence[float]) -> list[float]:
    size = len(values) / BLOCKS
    return [fmean(values[round(block * size) : round((block + 1) * size)]) for block in range(BLOCKS)]
