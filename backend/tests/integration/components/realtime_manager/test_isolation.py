"""Each user has his own sockets in the manager, and nothing of another passes through them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import Any

import pytest

from agent_backend.realtime import ForeignSocket, UserSockets
from goldenpath import Canary, LeakSearch

pytestmark = pytest.mark.asyncio

USERS = 16


def runs_of(client: Any) -> list[tuple[str, int]]:
    return [(event["run_id"], event["seq"]) for event in client.received if event["run_id"] is not None]


async def test_concurrent_sessions_of_sixteen_users_get_their_own_events_and_no_others(
    listener_only: Any, story: Any, tabs: Any
) -> None:
    owners = [await listener_only.found() for _ in range(USERS)]
    stories = {owner: story(listener_only) for owner in owners}
    async with AsyncExitStack() as stack:
        opened = await asyncio.gather(*(stack.enter_async_context(tabs(listener_only, owner)) for owner in owners))
        for events in zip(*stories.values(), strict=True):
            for owner, event in zip(owners, events, strict=True):
                assert listener_only.sockets.deliver(owner, event).queued == 2
        for owner, clients in zip(owners, opened, strict=True):
            for client in clients:
                await client.wait_for_event("agent_completed")
                assert runs_of(client) == [(event.run_id, event.seq) for event in stories[owner]]


async def test_the_memory_of_one_users_sockets_is_not_reachable_from_anothers(
    listener_only: Any, story: Any, tabs: Any
) -> None:
    canaries = [Canary("acme"), Canary("globex")]
    search = LeakSearch(*canaries)
    async with AsyncExitStack() as stack:
        owners, clients = {}, {}
        for canary in canaries:
            owner = owners[canary] = await listener_only.found()
            clients[canary] = await stack.enter_async_context(tabs(listener_only, owner))
            events = story(listener_only, text=canary.token("thought"))
            canary.watch("run", events[0].run_id)
            canary.watch("user", owner.user_id)
            for event in events:
                listener_only.sockets.deliver(owner, event)
        for canary in canaries:
            for client in clients[canary]:
                await client.wait_for_event("agent_completed")
            held, eyes = listener_only.sockets.of(owners[canary]), search.eyes_of(canary.tenant)
            eyes.value("the user", asdict(held.principal))
            for socket in held.sockets:
                assert len(socket.cursors) == 1
                eyes.value("the places of a socket", list(socket.cursors))
                eyes.value("the owner of a socket", asdict(socket.principal))
            for client in clients[canary]:
                eyes.frames("what a socket was told", list(client.frames))
        first, second = (listener_only.sockets.of(owner) for owner in owners.values())
        assert not {id(socket) for socket in first.sockets} & {id(socket) for socket in second.sockets}
        assert not {id(socket.cursors) for socket in first.sockets} & {id(socket.cursors) for socket in second.sockets}
    search.report.require()


async def test_events_that_many_threads_hand_over_at_once_arrive_once_and_in_order(
    listener_only: Any, story: Any, tabs: Any
) -> None:
    owners = [await listener_only.found() for _ in range(4)]
    stories = {owner: [story(listener_only, thoughts=20) for _ in range(2)] for owner in owners}
    loop = asyncio.get_running_loop()

    def tell(owner: Any, events: Any) -> None:
        for event in events:
            loop.call_soon_threadsafe(listener_only.sockets.deliver, owner, event)

    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(tabs(listener_only, owner)) for owner in owners]
        with ThreadPoolExecutor(8) as threads:
            telling = [
                loop.run_in_executor(threads, tell, owner, events) for owner in owners for events in stories[owner]
            ]
            async with listener_only.client(owners[0]):
                await asyncio.gather(*telling)
        for owner, clients in zip(owners, opened, strict=True):
            for client in clients:
                for _ in range(2):
                    await client.wait_for_event("agent_completed")
                for events in stories[owner]:
                    told = [seq for run_id, seq in runs_of(client) if run_id == events[0].run_id]
                    assert told == [event.seq for event in events]


async def test_one_user_has_one_place_in_the_manager_and_holds_up_nobody_in_another(
    listener_only: Any, story: Any, tabs: Any
) -> None:
    stuck, free = await listener_only.found(), await listener_only.found()
    async with tabs(listener_only, stuck, inbox_limit=1) as stuck_tabs, tabs(listener_only, free) as free_tabs:
        place = listener_only.sockets.of(stuck)
        assert {id(listener_only.sockets.of(socket.principal)) for socket in place.sockets} == {id(place)}
        assert listener_only.sockets.of(free) is not place
        assert len(place.sockets) == 2
        for event in story(listener_only, thoughts=200):
            listener_only.sockets.deliver(stuck, event)
        own = story(listener_only, thoughts=200)
        for event in own:
            listener_only.sockets.deliver(free, event)
        for client in free_tabs:
            await client.wait_for_event("agent_completed")
            assert len(runs_of(client)) == len(own)
        for client in stuck_tabs:
            await client.wait_for_event("agent_completed")


async def test_the_place_of_one_user_refuses_the_socket_of_another(listener_only: Any, story: Any) -> None:
    ada, eve = await listener_only.found(), await listener_only.found()
    manager = listener_only.sockets
    async with listener_only.client(ada), listener_only.client(eve) as client:
        (socket,) = manager.of(eve).sockets
        with pytest.raises(ForeignSocket, match=ada.user_id) as refused:
            manager.add(ada, socket)
        assert eve.user_id not in str(refused.value)
        with pytest.raises(ForeignSocket):
            UserSockets(ada).add(socket)
        assert [len(manager.of(user).sockets) for user in (ada, eve)] == [1, 1]
        events = story(listener_only)
        for event in events:
            manager.deliver(ada, event)
        for event in (own := story(listener_only)):
            manager.deliver(eve, event)
        await client.wait_for_event("agent_completed")
        assert {run_id for run_id, _ in runs_of(client)} == {own[0].run_id}
