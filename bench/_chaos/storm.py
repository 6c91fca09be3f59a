"""Clients at work while the schedule of faults goes on, until there were enough runs and enough kills."""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from statistics import quantiles
from typing import Any

from _chaos.backend import BOUND, COMMAND, SETTINGS, Backend, Takeover
from _chaos.clients import Client, Dialect
from _chaos.faults import Blow, Fault, schedule
from _chaos.fleet import Fleet
from _chaos.ledger import Story, judge


@dataclass(frozen=True)
class Weather:
    """How much of it there is."""

    seed: int
    runs: int
    kills: int
    gap: float
    tenants: int = 4
    users: int = 4
    instances: int = 3
    second_tab: float = 0.2
    """How likely a second tab is to follow along, on whatever instance it finds."""


@dataclass
class Storm:
    """What happened: every story, and every blow as it was dealt."""

    weather: Weather
    fleet: Fleet
    stories: list[Story] = field(default_factory=list)
    tabs: list[Story] = field(default_factory=list)
    seconds: float = 0.0
    broken: bool = False

    @property
    def over(self) -> bool:
        """Nobody need ask any more, or the blows have ended before their time."""
        if self.broken:
            return True
        asked = len(self.stories) >= self.weather.runs
        return asked and self.fleet.done[Fault.KILL] >= self.weather.kills

    async def rage(self, dialect: Dialect, users: Sequence[str], bound: float) -> None:
        """All users ask one question after the other, and all blows of the schedule fall."""
        began = asyncio.get_running_loop().time()
        blows = asyncio.create_task(self._blow())
        try:
            async with asyncio.TaskGroup() as everybody:
                for number, user in enumerate(users):
                    chance = random.Random(f"{self.weather.seed} {number}")
                    everybody.create_task(self._ask(Client(self.fleet, dialect, chance, bound), user, chance))
        finally:
            blows.cancel()
            await asyncio.gather(blows, return_exceptions=True)
        self.seconds = asyncio.get_running_loop().time() - began
        if not blows.cancelled() and (error := blows.exception()):
            raise error

    async def _blow(self) -> None:
        try:
            await self._blow_after_blow()
        finally:
            self.broken = True

    async def _blow_after_blow(self) -> None:
        async with asyncio.TaskGroup() as blows:
            for blow in schedule(self.weather.seed, self.weather.instances, self.weather.gap):
                await asyncio.sleep(blow.gap)
                await self._until_free(blow)
                blows.create_task(self.fleet.suffer(blow))

    async def _until_free(self, blow: Blow) -> None:
        """Blows fall in their order: the next waits while its instance has its hands full with the last."""
        async with self.fleet.instances[blow.instance].busy:
            return

    async def _ask(self, client: Client, user: str, chance: random.Random) -> None:
        for number in count():
            if self.over:
                return
            story = Story(user, f"question {number}")
            self.stories.append(story)
            async with asyncio.TaskGroup() as tabs:
                tabs.create_task(client.live(story))
                if chance.random() < self.weather.second_tab:
                    tabs.create_task(self._follow_along(client, story))

    async def _follow_along(self, client: Client, first: Story) -> None:
        """A second tab that learns of the run while it goes on, and wants all of it."""
        await first.begun.wait()
        tab = Story(first.user, first.message_id, run_id=first.run_id)
        self.tabs.append(tab)
        await client.live(tab)


@asynccontextmanager
async def storm_over_backend(weather: Weather, stores: tuple[str, str], folder: Path) -> Any:
    """The fleet of the backend, with users in it."""
    backend = Backend(stores[0])
    backend.prepare()
    async with Fleet.open(
        weather.instances, COMMAND, stores, folder, backend.killed, backend.started, **SETTINGS
    ) as fleet:
        users = await backend.populate(fleet.instances[0].url, weather.tenants, weather.users)
        for instance in fleet.instances:
            await backend.started(instance)
        yield backend, Storm(weather, fleet), users
        await backend.close()


async def prove(weather: Weather, stores: tuple[str, str]) -> dict[str, object]:
    """The figures of one storm over the backend."""
    with tempfile.TemporaryDirectory() as folder:
        async with storm_over_backend(weather, stores, Path(folder)) as (backend, storm, users):
            await storm.rage(backend, users, BOUND)
            log = await asyncio.to_thread(backend.log)
            claims = await asyncio.to_thread(backend.claims)
        verdict = judge([*storm.stories, *storm.tabs], log)
        waits = takeovers(backend.left_behind, storm.stories)
        ended = await asyncio.to_thread(tasks_ended, Path(folder))
    return {
        "runs": verdict.runs,
        "kills": storm.fleet.done[Fault.KILL],
        **verdict.counts(),
        "clean": verdict.clean,
        "examples": verdict.examples,
        "events": verdict.events,
        "replayed": sum(story.replayed for story in storm.stories),
        "sockets": sum(story.sockets for story in [*storm.stories, *storm.tabs]),
        "second_tabs": len(storm.tabs),
        "endings": dict(verdict.endings),
        "changes_of_hands": claims,
        "runs_hit_by_a_kill": len(backend.left_behind),
        "takeover_p50_s": percentile(waits, 50),
        "takeover_p99_s": percentile(waits, 99),
        "longest_run_s": max((story.ended_at or 0) - story.asked_at for story in storm.stories),
        "bound_s": BOUND,
        "faults": {fault.value: storm.fleet.done[fault] for fault in Fault},
        "service_tasks_ended": ended,
        "seed": weather.seed,
        "seconds": round(storm.seconds, 1),
    }


def tasks_ended(folder: Path) -> int:
    """How often the service said of itself that something of it has ended that must not."""
    lines = [line for path in folder.iterdir() for line in path.read_text().splitlines()]
    return sum("a task of the service has ended" in line or "announcements have ended" in line for line in lines)


def takeovers(left_behind: Sequence[Takeover], stories: Sequence[Story]) -> list[float]:
    """Seconds from the death of a run's instance until its user hears of the run what nobody had written before."""
    told = {story.run_id: story.told for story in stories}
    first = [
        min((each.at for each in told.get(left.run_id, ()) if each.seq > left.last_seq), default=None)
        for left in left_behind
    ]
    return [at - left.killed_at for at, left in zip(first, left_behind, strict=True) if at is not None]


def percentile(values: Sequence[float], percent: int) -> float | None:
    """None where there are too few for one."""
    return round(quantiles(values, n=100, method="inclusive")[percent - 1], 3) if len(values) > 1 else None
