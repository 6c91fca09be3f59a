"""What becomes of a message: frozen data that says it all and does nothing itself."""

from __future__ import annotations

from typing import Final, NamedTuple, overload

CORRUPT_SOMEHOW: Final = 1
"""The corruption a rule asks for before chance has said which; see `corrupted`."""


class Verdict(NamedTuple):
    """The fate of one message; the fields combine, and the one without any of them set is `PASS`.

    Verdicts of several rules are joined with `|`: a message may be late *and* doubled. A drop outweighs copies, the
    first close code counts, delays add up.
    """

    faults: tuple[str, ...] = ()
    """The names of the rules that fired, in the order of the rules."""
    delay: float = 0.0
    """Seconds later than it was sent."""
    copies: int = 1
    """How often it arrives: 0 means lost, 2 means twice."""
    overtaken_by: int = 0
    """How many later messages of its link arrive before it."""
    corruption: int = 0
    """Not 0: the payload arrives damaged, as `corrupted(payload, corruption)`."""
    close_code: int = 0
    """Not 0: the connection is closed with this code instead of delivering."""
    held: bool = False
    """It waits at the sender until the partition is repaired."""

    @property
    def dropped(self) -> bool:
        """Whether it never arrives."""
        return self.copies == 0

    @property
    def arrives(self) -> bool:
        """Whether it arrives at all: not lost, not held back, not cut off by a closed connection."""
        return self.copies > 0 and not self.close_code and not self.held

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of what happens to the message; empty for a pass."""
        acts = {
            "delay": self.delay,
            "drop": self.copies == 0,
            "duplicate": self.copies > 1,
            "reorder": self.overtaken_by,
            "corrupt": self.corruption,
            "close": self.close_code,
            "hold": self.held,
        }
        return tuple(kind for kind, acting in acts.items() if acting)

    def __or__(self, other: Verdict) -> Verdict:
        return Verdict(
            self.faults + other.faults,
            self.delay + other.delay,
            self.copies + other.copies - 1 if self.copies and other.copies else 0,
            max(self.overtaken_by, other.overtaken_by),
            self.corruption or other.corruption,
            self.close_code or other.close_code,
            self.held or other.held,
        )


PASS: Final = Verdict()
DROP: Final = Verdict(copies=0)
HOLD: Final = Verdict(held=True)
CORRUPT: Final = Verdict(corruption=CORRUPT_SOMEHOW)


def delay(seconds: float) -> Verdict:
    """Arrives this much later."""
    return Verdict(delay=_positive("delay", seconds, "seconds"))


def duplicate(copies: int = 2) -> Verdict:
    """Arrives several times."""
    if copies < 2:
        raise ValueError(f"duplicate takes 2 copies or more, got {copies!r}; to lose a message use DROP")
    return Verdict(copies=copies)


def reorder(overtaken_by: int = 1) -> Verdict:
    """Arrives after so many messages that were sent later."""
    return Verdict(overtaken_by=int(_positive("reorder", overtaken_by, "messages")))


def close(code: int = 1006) -> Verdict:
    """Closes the connection instead of delivering; 1006 is a connection lost without a word."""
    if not 1000 <= code <= 4999:
        raise ValueError(f"a WebSocket close code lies between 1000 and 4999, got {code!r}")
    return Verdict(close_code=code)


@overload
def corrupted(payload: str, corruption: int) -> str: ...
@overload
def corrupted(payload: bytes, corruption: int) -> bytes: ...
@overload
def corrupted(payload: str | bytes, corruption: int) -> str | bytes: ...
def corrupted(payload: str | bytes, corruption: int) -> str | bytes:
    """The payload as the verdict's corruption leaves it: cut short, or one element of it changed."""
    if not payload:
        return payload
    place = corruption % len(payload)
    if corruption % 3 == 0:
        return payload[:place]
    if isinstance(payload, str):
        return payload[:place] + ("\ufffd" if payload[place] != "\ufffd" else "?") + payload[place + 1 :]
    return payload[:place] + bytes([payload[place] ^ 0xFF]) + payload[place + 1 :]


def _positive(what: str, value: float, unit: str) -> float:
    if not 0 < value < float("inf"):
        raise ValueError(f"{what} takes a positive number of {unit}, got {value!r}")
    return value
