"""How much one socket may say in what time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """What a client may do before it is refused or sent away."""

    messages_per_second: float = 20.0
    burst: int = 40
    refusals: int = 100
    """After so many messages in a row that came too fast, it is a flood."""
    garbage: int = 50
    """After so many frames in a row that are no messages, it is no client of ours."""
    outbox_frames: int = 256
    outbox_bytes: int = 1 << 20
    per_user: int = 20
    """How many sockets a user may have open on one instance."""


class Allowance:
    """A bucket of tokens: it fills at a steady rate up to a burst, and each message takes one."""

    __slots__ = ("_burst", "_filled_at", "_rate", "_tokens")

    def __init__(self, rate: float, burst: int, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._filled_at = now

    def take(self, now: float) -> bool:
        """Take a token; False when there is none."""
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
