"""A circuit breaker: after several failures in a row an operation is not tried again for a while."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TypeVar

from agent_backend.context import Clock

T = TypeVar("T")


class BreakerState(Enum):
    """Closed lets calls through, open refuses them, half-open lets one through to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class BreakerOpen(Exception):
    """The operation was not tried, because it has just failed too often."""

    def __init__(self, operation: str, retry_in: timedelta) -> None:
        super().__init__(f"{operation} is not tried for another {retry_in.total_seconds():.1f} s: it failed too often")
        self.operation = operation
        self.retry_in = retry_in


@dataclass(frozen=True, slots=True)
class BreakerRule:
    """How many failures in a row open it, and for how long."""

    failures: int = 5
    rest: timedelta = timedelta(seconds=30)


class CircuitBreaker:
    """Watches the calls of one operation."""

    def __init__(self, operation: str, clock: Clock, rule: BreakerRule | None = None) -> None:
        self.operation = operation
        self._clock = clock
        self._rule = rule or BreakerRule()
        self._failures = 0
        self._opened_at: float | None = None
        self._trying = False

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self._rested() >= self._rule.rest else BreakerState.OPEN

    async def call(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Try the operation, or raise BreakerOpen; while half-open only one try is under way."""
        if self.state is BreakerState.OPEN or self._trying:
            raise BreakerOpen(self.operation, max(self._rule.rest - self._rested(), timedelta(0)))
        self._trying = self.state is BreakerState.HALF_OPEN
        try:
            result = await operation()
        except Exception:
            self.failed()
            raise
        finally:
            self._trying = False
        self.succeeded()
        return result

    def succeeded(self) -> None:
        """The operation works (again)."""
        self._failures, self._opened_at = 0, None

    def failed(self) -> None:
        """The operation failed; when half-open, once is enough."""
        self._failures += 1
        if self._opened_at is not None or self._failures >= self._rule.failures:
            self._opened_at = self._clock.monotonic()

    def _rested(self) -> timedelta:
        return timedelta(seconds=self._clock.monotonic() - (self._opened_at or 0.0))
