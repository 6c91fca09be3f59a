"""How long things took, measured from when they were due."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

FIRST: Final = "first event"
END: Final = "end of the run"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed (nearest rank)."""
    if not values:
        raise ValueError("nothing was measured")
    ranked = sorted(values)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


@dataclass(frozen=True, slots=True)
class Spread:
    """The distribution of one kind of latency, in seconds."""

    count: int
    p50: float
    p95: float
    p99: float
    worst: float

    def to_json(self) -> dict[str, Any]:
        """In milliseconds."""
        shown = {name: round(getattr(self, name) * 1000, 3) for name in ("p50", "p95", "p99", "worst")}
        return {"count": self.count, **{f"{name}_ms": value for name, value in shown.items()}}


@dataclass(slots=True)
class Latencies:
    """Every measurement, by what was waited for."""

    values: dict[str, list[float]] = field(default_factory=dict)

    def note(self, what: str, seconds: float) -> None:
        """One more."""
        self.values.setdefault(what, []).append(seconds)

    def add(self, other: Latencies) -> None:
        """Take in what another process measured: the values themselves, because percentiles cannot be added."""
        for what, values in other.values.items():
            self.values.setdefault(what, []).extend(values)

    def spreads(self) -> dict[str, Spread]:
        """The first event, then each type in the order of its median, then the end."""
        made = {
            what: Spread(len(values), *(percentile(values, share) for share in (0.5, 0.95, 0.99, 1.0)))
            for what, values in self.values.items()
        }
        order = {FIRST: (0, 0.0), END: (2, 0.0)}
        return dict(sorted(made.items(), key=lambda item: order.get(item[0], (1, item[1].p50))))
