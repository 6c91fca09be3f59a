"""What goes wrong, where, and when: an endless schedule that its seed repeats."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """One thing that happens to one instance."""

    KILL = "kill"
    """kill -9, and a new process in its place."""
    RESTART = "restart"
    """SIGTERM, as in a deployment."""
    PAUSE = "pause"
    """SIGSTOP: it neither works nor dies, and wakes up late."""
    HOLD_POSTGRES = "hold_postgres"
    """What it says to PostgreSQL gets nowhere, and nobody is told."""
    HOLD_REDIS = "hold_redis"
    HOLD_BOTH = "hold_both"
    CUT_POSTGRES = "cut_postgres"
    """Its connections to PostgreSQL break, and new ones are refused."""
    CUT_REDIS = "cut_redis"
    CUT_BOTH = "cut_both"
    SLOW_POSTGRES = "slow_postgres"
    """PostgreSQL answers as it would from a slow disk."""
    SLOW_REDIS = "slow_redis"
    CLOCK = "clock"
    """Its time of day jumps, forwards or back, and jumps back later."""
    LOSE_CLIENTS = "lose_clients"
    """Every client that is connected to it is cut off."""


WEIGHTS: Final[dict[Fault, int]] = {
    Fault.KILL: 55,
    Fault.RESTART: 4,
    Fault.PAUSE: 8,
    Fault.HOLD_POSTGRES: 4,
    Fault.HOLD_REDIS: 3,
    Fault.HOLD_BOTH: 3,
    Fault.CUT_POSTGRES: 4,
    Fault.CUT_REDIS: 3,
    Fault.CUT_BOTH: 3,
    Fault.SLOW_POSTGRES: 4,
    Fault.SLOW_REDIS: 2,
    Fault.CLOCK: 4,
    Fault.LOSE_CLIENTS: 3,
}
SECONDS: Final = (0.5, 4.0)
"""How long what passes by itself lasts: more and less than the patience of the instances with each other."""
DELAY: Final = (0.02, 0.15)
CLOCK_STEP: Final = (1.0, 60.0)


@dataclass(frozen=True, slots=True)
class Blow:
    """A fault of the schedule: after a gap, to an instance; `size` is the delay or the step of the clock."""

    gap: float
    instance: int
    fault: Fault
    seconds: float
    size: float


def schedule(seed: int, instances: int, gap: float, faults: dict[Fault, int] = WEIGHTS) -> Iterator[Blow]:
    """Blow after blow, on average so many seconds apart; the same for the same seed."""
    chance = random.Random(seed)
    while True:
        [fault] = chance.choices(list(faults), list(faults.values()))
        size = chance.uniform(*(CLOCK_STEP if fault is Fault.CLOCK else DELAY))
        yield Blow(
            gap=chance.uniform(0.2 * gap, 1.8 * gap),
            instance=chance.randrange(instances),
            fault=fault,
            seconds=chance.uniform(*SECONDS),
            size=size * chance.choice((-1, 1)) if fault is Fault.CLOCK else size,
        )
