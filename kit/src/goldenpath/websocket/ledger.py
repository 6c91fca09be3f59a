"""What a manager counts: what was sent, what arrived, what failed and why."""

from __future__ import annotations

from array import array
from collections import Counter, deque
from typing import Any, Final, NamedTuple

KEPT_FAILURES: Final = 1_000
KEPT_LATENCIES: Final = 100_000


class DeliveryFailure(NamedTuple):
    """One message, or one connection, that did not come about."""

    at: float
    reason: str
    target: str
    type: str


class Ledger:
    """Counts are exact; of failures and latencies the latest are kept."""

    def __init__(self) -> None:
        self.last = 0.0
        """When something was last delivered, by `time.monotonic`."""
        self.sent = 0
        self.delivered = 0
        self.timed = 0
        self.bytes = 0
        self.reasons: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        """What else happened: retries, late deliveries, duplicates, reorderings, partitions, refusals."""
        self.failures: deque[DeliveryFailure] = deque(maxlen=KEPT_FAILURES)
        self.latencies: array[float] = array("d")

    def fail(self, at: float, reason: str, target: str, type_: str) -> None:
        """Something did not come about."""
        self.reasons[reason] += 1
        self.failures.append(DeliveryFailure(at, reason, target, type_))

    def took(self, seconds: float) -> None:
        """A message took its time; those delivered at once are not noted one by one."""
        self.timed += 1
        self.latencies.append(seconds)
        if len(self.latencies) > 2 * KEPT_LATENCIES:
            del self.latencies[:KEPT_LATENCIES]

    def latency_ms(self) -> dict[str, float]:
        """Average, percentiles and the longest, in milliseconds, over what was delivered."""
        at_once = max(0, self.delivered - self.timed)
        times = sorted(self.latencies)
        known = at_once + len(times)

        def percentile(share: float) -> float:
            place = max(0, -(-known * share // 100) - 1) if known else 0
            return 0.0 if place < at_once or not times else times[int(place) - at_once] * 1_000

        return {
            "latency_average_ms": sum(times) * 1_000 / known if known else 0.0,
            "latency_p50_ms": percentile(50),
            "latency_p95_ms": percentile(95),
            "latency_p99_ms": percentile(99),
            "latency_max_ms": times[-1] * 1_000 if times else 0.0,
        }

    def analysis(self) -> dict[str, Any]:
        """The failures, by reason and one by one."""
        failed = sum(self.reasons.values())
        return {
            "total_failures": failed,
            "failure_rate": failed / (failed + self.delivered) if failed else 0.0,
            "by_reason": dict(self.reasons.most_common()),
            "most_common": self.reasons.most_common(1)[0][0] if failed else None,
            "recent": [failure._asdict() for failure in self.failures],
            "omitted": failed - len(self.failures),
        }
