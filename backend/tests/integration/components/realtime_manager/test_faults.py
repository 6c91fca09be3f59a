"""Lines that break, sockets that close and clients that do not read: noticed, told truthfully, and mended."""

from __future__ import annotations

from typing import Any

import pytest

from agent_backend.realtime import Delivery, Disconnect

pytestmark = pytest.mark.asyncio

LARGE = "x" * 32_000
MOST_EVENTS = 900


def seqs_of(client: Any, run_id: str) -> list[int]:
    return [event["seq"] for event in client.received if event["run_id"] == run_id]


async def test_a_broken_connection_is_forgotten_and_its_client_recovers_what_it_missed(
    listener_only: Any, logged_run: Any, ssot_case: Any
) -> None:
    owner = await listener_only.found()
    run = await logged_run(listener_only, owner)
    async with listener_only.client(owner) as client:
        await run.begin()
        await client.wait_for_event("agent_started")
        await client.drop()
        await ssot_case.wait_for_condition(lambda: listener_only.sockets.of(owner) is None, timeout=60)
        assert await run.think() == Delivery()
        await run.use_tool()
        await client.reconnect()
        assert len(listener_only.sockets.of(owner).sockets) == 1
        await client.wait_for_event("tool_completed")
        assert (await run.end()).failed == 0
        await client.wait_for_event("agent_completed")
        assert seqs_of(client, run.run_id) == [1, 2, 3, 4, 5]


async def test_no_event_fails_silently_every_socket_is_accounted_for(listener_only: Any, story: Any, tabs: Any) -> None:
    owner, nobody = await listener_only.found(), await listener_only.found()
    first, second, third, *_ = story(listener_only)
    async with tabs(listener_only, owner, 4, contract=None, resume=None) as clients:
        fresh, up_to_date, behind, closing = listener_only.sockets.of(owner).sockets
        fresh.follow(first.run_id, 1)
        up_to_date.follow(first.run_id, 2)
        behind.follow(first.run_id, 0)
        closing.close(Disconnect.IDLE)
        assert listener_only.sockets.deliver(owner, second) == Delivery(delivered=1, queued=1, failed=1, gaps=1)
        assert listener_only.sockets.deliver(nobody, third) == Delivery()
        assert not Delivery(queued=1, failed=1, gaps=1).reached
        ending = await clients[3].wait_closed()
        assert (ending.code, ending.reason) == (3009, Disconnect.IDLE.reason)
        event = await clients[0].wait_for_event("agent_thinking")
        assert (event["run_id"], event["seq"]) == (first.run_id, 2)
        assert second.run_id not in str([*clients[1].frames, *clients[2].frames])


async def test_back_pressure_sends_a_slow_reader_away_and_lets_him_resume(listener_only: Any, logged_run: Any) -> None:
    owner = await listener_only.found()
    run = await logged_run(listener_only, owner)
    async with listener_only.client(owner, contract=None, inbox_limit=2) as slow, listener_only.client(owner) as quick:
        await run.begin()
        reading_late, reading = listener_only.sockets.of(owner).sockets
        told = 1
        while reading_late.connection.may_send():
            assert told < MOST_EVENTS
            listener_only.sockets.deliver(owner, await run.record_thought(LARGE))
            assert await reading.drained(60)
            told += 1
        await run.use_tool()
        await run.end()
        await quick.wait_for_event("agent_completed")
        assert seqs_of(quick, run.run_id) == list(range(1, told + 4))
        ending = await slow.wait_closed()
        assert ending.code in {Disconnect.SLOW.code, 1006}
        await slow.reconnect()
        await slow.wait_for_event("agent_completed")
        assert seqs_of(slow, run.run_id) == list(range(1, told + 4))
