from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agent_backend.context import Kind, Principal, SystemClock, UnifiedIDManager
from agent_backend.storage import CANCELLATIONS, Announcements, channel_of

ids = UnifiedIDManager(SystemClock())


class Ear:
    """Waits for what is announced."""

    def __init__(self, announcements: Announcements) -> None:
        self.heard: asyncio.Queue[tuple[str, Mapping[str, Any]]] = asyncio.Queue()
        announcements.on_heard(lambda channel, message: self.heard.put_nowait((channel, message)))

    async def next(self) -> tuple[str, Mapping[str, Any]]:
        async with asyncio.timeout(30):
            return await self.heard.get()


@asynccontextmanager
async def instances(redis_url: str) -> AsyncIterator[tuple[Announcements, Announcements, Ear]]:
    """Two of them, the second listening."""
    async with Announcements.open(redis_url, "one") as one, Announcements.open(redis_url, "two") as two:
        ear = Ear(two)
        async with asyncio.timeout(30):
            while ear.heard.empty():
                one.tell(CANCELLATIONS, "probe", {"probe": True})
                await asyncio.sleep(0.01)
        while not ear.heard.empty():
            ear.heard.get_nowait()
        yield one, two, ear


async def heard_until(ear: Ear, last: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    """What is heard before a message of this text, probes left out."""
    heard = []
    while (item := await ear.next())[1] != last:
        if item[1] != {"probe": True}:
            heard.append(item)
    return heard


@pytest.mark.asyncio
async def test_a_run_is_announced_to_those_who_joined_its_user_and_several_events_at_once(redis_url: str) -> None:
    ada, bob = (Principal(ids.new(Kind.TENANT), ids.new(Kind.USER)) for _ in range(2))
    async with instances(redis_url) as (one, two, ear):
        await two.join(ada)
        one.progress(ada, "run_1", 4)
        one.progress(ada, "run_1", 5)
        one.progress(bob, "run_2", 1)
        one.tell(CANCELLATIONS, "end", {"end": True})
        assert await heard_until(ear, {"end": True}) == [(channel_of(ada), {"run": "run_1", "first": 4, "last": 5})]
        await two.leave(ada)
        one.progress(ada, "run_1", 6)
        one.tell(CANCELLATIONS, "end", {"end": 2})
        assert await heard_until(ear, {"end": 2}) == []


@pytest.mark.asyncio
async def test_nobody_hears_himself(redis_url: str) -> None:
    async with instances(redis_url) as (one, two, ear):
        two.tell(CANCELLATIONS, "own", {"own": True})
        one.tell(CANCELLATIONS, "end", {"end": True})
        assert await heard_until(ear, {"end": True}) == []


def test_a_channel_belongs_to_one_user_of_one_tenant() -> None:
    user, tenants = ids.new(Kind.USER), [ids.new(Kind.TENANT) for _ in range(2)]
    assert channel_of(Principal(tenants[0], user)) != channel_of(Principal(tenants[1], user))
