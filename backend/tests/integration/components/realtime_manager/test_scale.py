"""Many sockets, what a delivery costs among them, and a long time."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from contextlib import AsyncExitStack
from datetime import timedelta
from time import perf_counter
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from websockets.asyncio.client import connect

from agent_backend.realtime import Delivery

pytestmark = pytest.mark.asyncio

USERS, TABS = 40, 3
LONG_WAIT = timedelta(minutes=1)
MOST_GROWTH = 256 * 1024


async def test_many_concurrent_sessions_are_served_and_forgotten(
    listener_only: Any, story: Any, tabs: Any, ssot_case: Any
) -> None:
    owners = [await listener_only.found() for _ in range(USERS)]
    stories = [story(listener_only) for _ in owners]
    async with AsyncExitStack() as stack:
        opened = await asyncio.gather(
            *(stack.enter_async_context(tabs(listener_only, owner, TABS)) for owner in owners)
        )
        assert [len(listener_only.sockets.of(owner).sockets) for owner in owners] == [TABS] * USERS
        assert listener_only.sockets.report()["sockets"] >= USERS * TABS
        for owner, events in zip(owners, stories, strict=True):
            for event in events:
                assert listener_only.sockets.deliver(owner, event).queued == TABS
        for clients, events in zip(opened, stories, strict=True):
            for client in clients:
                await client.wait_for_event("agent_completed")
                assert {event["run_id"] for event in client.received} == {None, events[0].run_id}
    await ssot_case.wait_for_condition(lambda: not any(map(listener_only.sockets.of, owners)), timeout=60)


async def test_the_latency_under_load_is_measured_and_nobody_is_left_waiting(
    listener_only: Any, story: Any, tabs: Any, test_metrics: Any
) -> None:
    owners = [await listener_only.found() for _ in range(20)]
    spent: list[float] = []

    async def tell(owner: Any) -> None:
        for event in story(listener_only, thoughts=20):
            began = perf_counter()
            assert await listener_only.sockets.send(owner, event, LONG_WAIT) == Delivery(delivered=2)
            spent.append(perf_counter() - began)

    async with AsyncExitStack() as stack:
        for owner in owners:
            await stack.enter_async_context(tabs(listener_only, owner))
        await asyncio.gather(*(tell(owner) for owner in owners))
    assert len(spent) == 20 * 24
    mean, tail = sum(spent) / len(spent), sorted(spent)[int(len(spent) * 0.99)]
    test_metrics.record("mean_ms", mean * 1000)
    test_metrics.record("p99_ms", tail * 1000)
    assert 0 < mean <= tail < LONG_WAIT.total_seconds()


async def test_memory_stays_flat_over_a_long_run(listener_only: Any, story: Any, test_metrics: Any) -> None:
    owner = await listener_only.found()
    query = urlencode({"ticket": await listener_only.ticket(owner)()})

    async def work(runs: int) -> None:
        for _ in range(runs):
            events = story(listener_only)
            for event in events:
                listener_only.sockets.deliver(owner, event)
            for _ in events:
                await client.recv()

    async with connect(f"ws://{urlsplit(listener_only.url).netloc}/ws?{query}") as client:
        await client.recv()
        await work(100)
        gc.collect()
        tracemalloc.start()
        try:
            await work(30)
            before, _ = tracemalloc.get_traced_memory()
            await work(200)
            gc.collect()
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        (socket,) = listener_only.sockets.of(owner).sockets
        assert (len(socket.cursors), socket.backlog) == (64, 0)
    test_metrics.record("bytes_more_after_200_runs", after - before)
    assert after - before < MOST_GROWTH
