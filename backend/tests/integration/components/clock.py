"""Time that stands still until a test lets it go on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class StillClock:
    """Implements the service's `Clock`; begins at the real time, so that what the stores date themselves fits."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)
        self._seconds = 0.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    def leap(self, **duration: float) -> None:
        """Let time go on."""
        by = timedelta(**duration)
        self._now += by
        self._seconds += by.total_seconds()
