"""In the middle of everybody's run the instance that works on them dies, and the other one goes on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from goldenpath.cli.demo.check import Check
from goldenpath.cli.demo.journey import LAST_QUESTION, Journey, Watch

if TYPE_CHECKING:
    from goldenpath.cli.demo.stage import Stage

TRIES: Final = 5
"""So often an instance is killed at most until it dies in the middle of a run: all may be done before it is hit."""


@dataclass
class Takeover:
    """How it went."""

    victim: str
    heir: str
    clients: int
    at: float = 0.0
    """When the victim was killed, on the clock of the moments."""
    interrupted: dict[str, int] = field(default_factory=dict)
    """How many events each tenant had of the run that was interrupted."""
    silences: dict[str, float] = field(default_factory=dict)
    """The longest time for which each tenant then heard nothing."""
    ends: dict[str, float] = field(default_factory=dict)
    """Seconds from the kill to the end of each of these runs."""

    @property
    def seconds(self) -> float:
        """How long it took until somebody worked on the runs again."""
        return max(self.silences.values(), default=0.0)

    def check(self) -> Check:
        """Whether a run was interrupted, and every one that was went on to its end."""
        held = bool(self.interrupted) and self.interrupted.keys() == self.ends.keys()
        told = (
            f"{len(self.interrupted)} of {self.clients} runs were under way when the {self.victim} instance died; "
            f"on the {self.heir} one those of {', '.join(self.ends) or 'nobody'} went on to their end"
        )
        return Check("runs go on after kill -9 of their instance", held, told)


async def take_over(journeys: Sequence[Journey], stage: Stage, instances: Sequence[str], watch: Watch) -> Takeover:
    """Kill the instance that everybody is on; where that interrupts nobody's run, try again with the roles changed."""
    victim, heir = instances
    for _ in range(TRIES):
        takeover = Takeover(victim, heir, len(journeys))
        await _kill(stage, journeys, takeover, watch)
        if takeover.interrupted:
            break
        await asyncio.to_thread(stage.revive, victim)
        victim, heir = heir, victim
    return takeover


async def _kill(stage: Stage, journeys: Sequence[Journey], takeover: Takeover, watch: Watch) -> None:
    begun, killed = asyncio.Barrier(len(journeys) + 1), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        with stage.held_back(takeover.heir):
            for journey in journeys:
                refuge = stage.url(takeover.heir)
                group.create_task(_live_through(journey, refuge, takeover, begun, killed, watch))
            await begun.wait()
            takeover.at = time.monotonic()
            stage.kill(takeover.victim)
        killed.set()


async def _live_through(
    journey: Journey, refuge: str, takeover: Takeover, begun: asyncio.Barrier, killed: asyncio.Event, watch: Watch
) -> None:
    """One tenant's side of it."""
    await journey.ask_last(watch)
    await begun.wait()
    await killed.wait()
    interrupted = await journey.lost(watch)
    await journey.come_over(refuge)
    if not interrupted:
        return
    name, had = journey.tenant.name, len(journey.moments)
    takeover.interrupted[name] = journey.moments[-1].event["seq"]
    if not await journey.see_the_end(LAST_QUESTION, watch):
        return
    times = [takeover.at, *(moment.at for moment in journey.moments[had:])]
    takeover.silences[name] = max(later - earlier for earlier, later in pairwise(times))
    takeover.ends[name] = times[-1] - takeover.at
