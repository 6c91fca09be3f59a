"""What is delivered: every kind of event, all of them, in order, also over a line that was lost, to one user."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from goldenpath import TenantMatrix

pytestmark = pytest.mark.asyncio

FIVE = ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed"]


def seqs_of(client: Any, run_id: str) -> list[int]:
    return [event["seq"] for event in client.received if event["run_id"] == run_id]


async def test_all_five_events_reach_every_tab_and_are_reported_as_delivered(
    listener_only: Any, logged_run: Any, tabs: Any
) -> None:
    owner = await listener_only.found()
    run = await logged_run(listener_only, owner)
    async with tabs(listener_only, owner) as clients:
        deliveries = [await run.begin(), await run.think(), await run.use_tool(), await run.end()]
        for client in clients:
            await client.wait_for_event("agent_completed")
            assert [event["type"] for event in client.received if event["run_id"] == run.run_id] == FIVE
            report = client.report()
            assert report.ok, report.explain()
    assert all(delivery.failed == delivery.gaps == 0 for delivery in deliveries)
    assert all(delivery.delivered + delivery.queued == 2 for delivery in deliveries)


async def test_every_event_arrives_under_load(listener_only: Any, story: Any, tabs: Any) -> None:
    owners = [await listener_only.found() for _ in range(12)]
    runs = {owner: [story(listener_only, thoughts=6) for _ in range(10)] for owner in owners}
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(tabs(listener_only, owner, 3)) for owner in owners]

        async def tell(owner: Any) -> None:
            for events in runs[owner]:
                for event in events:
                    assert listener_only.sockets.deliver(owner, event).queued == 3
                    await asyncio.sleep(0)

        await asyncio.gather(*(tell(owner) for owner in owners))
        for owner, clients in zip(owners, opened, strict=True):
            for client in clients:
                for events in runs[owner]:
                    await client.wait_for_event("agent_completed")
                    assert seqs_of(client, events[0].run_id) == [event.seq for event in events]


@pytest.mark.parametrize("seed", range(5))
async def test_events_that_are_offered_in_any_order_and_again_arrive_in_theirs_and_once(
    listener_only: Any, story: Any, tabs: Any, seed: int
) -> None:
    owner, chance = await listener_only.found(), random.Random(seed)
    events = story(listener_only, thoughts=12)
    offers = [*events, *events]
    async with tabs(listener_only, owner, 2) as clients:
        gaps = 0
        for user_socket in listener_only.sockets.of(owner).sockets:
            user_socket.follow(events[0].run_id, 0)
        for _ in range(len(events)):
            chance.shuffle(offers)
            gaps += sum(listener_only.sockets.deliver(owner, event).gaps for event in offers)
        for client in clients:
            await client.wait_for_event("agent_completed")
            assert seqs_of(client, events[0].run_id) == [event.seq for event in events]
    assert gaps > 0


async def test_what_was_told_while_tabs_were_away_reaches_each_of_them_when_it_is_back(
    listener_only: Any, logged_run: Any, tabs: Any
) -> None:
    owner = await listener_only.found()
    run = await logged_run(listener_only, owner)
    async with tabs(listener_only, owner, 3) as clients:
        await run.begin()
        for client in clients:
            await client.wait_for_event("agent_started")
        for number, client in enumerate(clients):
            await client.drop()
            await run.think(f"while {number} is away")
            await run.use_tool() if number == 1 else await run.think()
            await client.reconnect()
        await run.end()
        told = [event async for event in clients[0].events_until({"agent_completed"})]
        for client in clients[1:]:
            await client.wait_for_event("agent_completed")
        assert told[-1]["type"] == "agent_completed"
        for client in clients:
            assert seqs_of(client, run.run_id) == list(range(1, 10))
            report = client.report()
            assert report.ok, report.explain()


async def test_delivery_is_filtered_by_user_in_both_directions(listener_only: Any, logged_run: Any) -> None:
    @asynccontextmanager
    async def world(simulation: Any) -> Any:
        async with AsyncExitStack() as stack:
            yield stack

    async def log_in(actor: Any) -> Any:
        owner = await listener_only.found()
        return owner, await actor.world.enter_async_context(listener_only.client(owner))

    async def reconnect(actor: Any) -> Any:
        await actor.session[1].reconnect()
        return actor.session

    async def work(actor: Any) -> None:
        run = await logged_run(listener_only, actor.session[0])
        await run.begin()
        await run.think(actor.token("thought"))
        await run.use_tool()
        assert (await run.end()).failed == 0
        await actor.session[1].wait_for_event("agent_completed")

    async def frames(actor: Any, _: Any) -> list[Any]:
        return list(actor.session[1].frames)

    matrix = TenantMatrix(world, log_in, reconnect=reconnect).event("the events of a run", act=work, look=frames)
    report = await matrix.once()
    assert report.ok, report.explain()
