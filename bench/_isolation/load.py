"""Many sockets of all tenants at once: each run goes to all sockets of its user, which drop, come back, read again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

from _isolation.people import Api, Person
from _isolation.tabs import ENDS, Tab


@dataclass(frozen=True)
class Size:
    """How much load there is."""

    tenants: int
    users: int
    sockets: int
    """Of each user, over all instances."""
    again: int
    """How often each socket reads a run again from its beginning."""
    deliveries: int
    """It goes on until so many were looked at, and for one round at least."""


async def crowd(api: Api, people: Sequence[Person], size: Size, chance: random.Random) -> None:
    """Everybody at once, until enough was delivered."""
    async with asyncio.TaskGroup() as everybody:
        for person in people:
            everybody.create_task(_live(api, person, size, random.Random(chance.random())))


async def _live(api: Api, person: Person, size: Size, chance: random.Random) -> None:
    instances = len(api.urls)
    tabs = [await Tab.open(api, person, number % instances) for number in range(size.sockets)]
    number = 0
    while not number or api.watch.total < size.deliveries:
        asking = chance.choice(tabs)
        await asking.ask(number, f"crowd {number}")
        run_id = (await asking.wait("agent_started"))["run_id"]
        await asyncio.gather(*(tab.wait(*ENDS, run_id=run_id) for tab in tabs))
        for _ in range(size.again):
            await asyncio.gather(*(_read_again(tab, run_id) for tab in tabs))
        place = chance.randrange(len(tabs))
        await tabs[place].close()
        tabs[place] = await Tab.open(api, person, chance.randrange(instances))
        await _read_again(tabs[place], run_id)
        for path in ("/api/threads", "/api/me"):
            await api.must(person, "GET", path, instance=chance.randrange(instances))
        number += 1
    await asyncio.gather(*(tab.close() for tab in tabs))


async def _read_again(tab: Tab, run_id: str) -> None:
    tab.forget()
    await tab.say(type="resume", run=run_id, epoch=1, after=0)
    await tab.wait(*ENDS, run_id=run_id)
    tab.forget()
