"""The brake on restarts: a service that keeps dying must fail the test, not keep the machine busy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from goldenpath.services.errors import StormError


@dataclass(frozen=True)
class RestartLimit:
    """At most `maximum` restarts within `window` seconds, and never two within `cool_down` seconds."""

    maximum: int = 5
    window: float = 60.0
    cool_down: float = 0.0

    def check(self, name: str, launches: Sequence[float], now: float) -> None:
        """Raise StormError unless one more restart is allowed, given the times of all launches so far."""
        restarts = [moment for moment in launches[1:] if now - moment < self.window]
        if len(restarts) >= self.maximum:
            wait = restarts[-self.maximum] + self.window - now
            raise StormError(
                f"service {name!r} was restarted {len(restarts)} times within {self.window:g} s, and "
                f"{self.maximum} is its limit; the next restart is allowed in {wait:.1f} s"
            )
        if launches and now - launches[-1] < self.cool_down:
            wait = launches[-1] + self.cool_down - now
            raise StormError(
                f"service {name!r} was started {now - launches[-1]:.1f} s ago and cools down for "
                f"{self.cool_down:g} s; the next restart is allowed in {wait:.1f} s"
            )
