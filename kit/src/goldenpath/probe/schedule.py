"""When each question is due. The schedule never waits for answers: what is slow shows as latency, not as fewer asks."""

from __future__ import annotations

import asyncio
import math
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from goldenpath.probe.scenario import Load

EVEN: Final = "even"


def offsets(load: Load, seed: str = "") -> Iterator[float]:
    """Seconds after the start at which a question is due: the rate grows over the ramp, then holds for the duration.

    Random arrivals are a Poisson process of the same mean, as independent users make it.
    """
    chance = random.Random(seed)
    end = load.ramp + load.duration
    position = 0.0
    while (at := _moment(position, load)) < end:
        yield at
        position += 1.0 if load.arrivals == EVEN else chance.expovariate(1.0)


def _moment(position: float, load: Load) -> float:
    """When so many questions have become due: the inverse of the integral of the rate."""
    in_ramp = load.rate * load.ramp / 2
    if position < in_ramp:
        return math.sqrt(2 * load.ramp * position / load.rate)
    return load.ramp + (position - in_ramp) / load.rate


async def offer(moments: Iterable[float], take: Callable[[int, float], None]) -> None:
    """Hand over each question when it is due, with the moment at which it was *meant* to be sent.

    Whoever takes it measures from that moment: a stall of the endpoint, or of this process, counts for every question
    that was due meanwhile, not only for the one under way.
    """
    loop = asyncio.get_running_loop()
    start = loop.time()
    for number, moment in enumerate(moments):
        due = start + moment
        if (wait := due - loop.time()) > 0:
            await asyncio.sleep(wait)
        take(number, due)
