"""Users who ask at their own pace, whether or not the last ones have their answers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from _chaos.clients import Client
from _chaos.ledger import Story


@dataclass
class Load:
    """An open loop: questions arrive at a rate, and none waits for another.

    First all users ask at once, and have their answers: pools have grown before anyone looks whether they grow.
    """

    client: Client
    users: Sequence[str]
    rate: float
    chance: random.Random
    stories: list[Story] = field(default_factory=list)
    _live: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def finished(self) -> int:
        return sum(story.ended_at is not None for story in self.stories)

    @property
    def in_flight(self) -> int:
        return len(self._live)

    async def run(self) -> None:
        """Until cancelled; arrivals are those of a Poisson process."""
        for number in count():
            if number == len(self.users):
                await self.settle()
            if number >= len(self.users):
                await asyncio.sleep(self.chance.expovariate(self.rate))
            story = Story(self.users[number % len(self.users)], f"question {number}")
            self.stories.append(story)
            task = asyncio.create_task(self.client.live(story))
            self._live.add(task)
            task.add_done_callback(self._live.discard)

    async def settle(self) -> None:
        """Wait for those who still wait."""
        await asyncio.gather(*self._live)
