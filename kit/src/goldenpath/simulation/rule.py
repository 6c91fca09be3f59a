"""Rules of a bad network, as data: what happens, how often, and to which messages."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final, NamedTuple

from goldenpath.simulation.message import DIRECTIONS, Direction, Message
from goldenpath.simulation.verdict import PASS, Verdict

Condition = str | Collection[str] | None
"""A name, a glob such as `tool_*`, several of either, or None for any."""

ALWAYS: Final = (0.0, float("inf"))


class GilbertElliott(NamedTuple):
    """A rate that comes in bursts: the link is either good or bad, and stays so for a while.

    Per message the link turns bad with the probability `turn_bad` and good again with `turn_good`, so that a bad spell
    lasts 1 / turn_good messages on average.
    """

    turn_bad: float
    turn_good: float
    when_good: float = 0.0
    when_bad: float = 1.0


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can go wrong; every condition given has to hold for the rule to fire.

    The verdict may also be a function of the message that returns one, `PASS` meaning that the rule does not fire.
    """

    name: str
    verdict: Verdict | Callable[[Message], Verdict] = PASS
    rate: float | GilbertElliott = 1.0
    jitter: float = 0.0
    """Seconds at most by which a message it fires on is late on top of the verdict, evenly spread."""
    bandwidth: float = 0.0
    """Not 0: the link carries so many bytes a second, and messages queue for it."""
    type: Condition = None
    direction: Direction | None = None
    tenant: Condition = None
    run: Condition = None
    between: tuple[float, float] = ALWAYS
    """From this second on and before that one, on the network's clock."""
    times: int | None = None
    """Fires so often at most."""

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a rule needs a name; failures and `sometimes` call it by it")
        for what, chance in self._probabilities():
            if not 0.0 <= chance <= 1.0:
                raise ValueError(f"rule {self.name!r}: {what} is a probability from 0 to 1, got {chance!r}")
        for what, amount in (("jitter", self.jitter), ("bandwidth", self.bandwidth)):
            if not 0.0 <= amount < float("inf"):
                raise ValueError(f"rule {self.name!r}: {what} is 0 or more, got {amount!r}")
        if self.direction is not None and self.direction not in DIRECTIONS:
            raise ValueError(f"rule {self.name!r}: direction is one of {DIRECTIONS}, got {self.direction!r}")
        if not 0.0 <= self.between[0] < self.between[1]:
            raise ValueError(f"rule {self.name!r}: between is (from, before) in seconds, got {self.between!r}")
        if self.times is not None and self.times < 1:
            raise ValueError(f"rule {self.name!r}: times is 1 or more, got {self.times!r}")
        if self.verdict == PASS and not self.jitter and not self.bandwidth:
            raise ValueError(f"rule {self.name!r} does nothing: give it a verdict, a jitter or a bandwidth")

    def _probabilities(self) -> list[tuple[str, float]]:
        if isinstance(self.rate, GilbertElliott):
            return [(f"rate.{what}", chance) for what, chance in self.rate._asdict().items()]
        return [("rate", self.rate)]


def holds(condition: Condition, value: str) -> bool:
    """Whether a value meets a condition."""
    if condition is None:
        return True
    if isinstance(condition, str):
        return fnmatchcase(value, condition)
    return any(fnmatchcase(value, each) for each in condition)
