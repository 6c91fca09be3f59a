"""What earlier runs took and how they ended, and what can be said from it."""

from __future__ import annotations

from goldenpath.runner.history.forecast import Forecast
from goldenpath.runner.history.insight import Flaky, Regression, Slow, flakiest, regressions, slowest
from goldenpath.runner.history.store import TestHistory, history_path, open_history

__all__ = [
    "Flaky",
    "Forecast",
    "Regression",
    "Slow",
    "TestHistory",
    "flakiest",
    "history_path",
    "open_history",
    "regressions",
    "slowest",
]
