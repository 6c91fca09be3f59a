"""A run's bridge to the sockets of its user: kept while the run lasts, for that run and that user only."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from agent_backend.realtime import AgentWebSocketBridge, ForeignRun

pytestmark = pytest.mark.asyncio

ENDS = {"agent_completed", "agent_error"}


async def bridged(office: Any, logged_run: Any, owner: Any) -> tuple[Any, AgentWebSocketBridge]:
    """A run of this user whose bridge is in his session."""
    run = await logged_run(office.instance, owner)
    bridge = AgentWebSocketBridge(run.context, run.emitter)
    office.registry.session(owner).associate(run.run_id, bridge)
    return run, bridge


async def test_a_run_of_the_service_has_its_bridge_in_the_session_of_its_user_while_it_lasts(
    instance: Any, ssot_case: Any
) -> None:
    owner, registry = await instance.found(), instance.services.running.registry
    async with instance.client(owner) as client:
        async with await psycopg.AsyncConnection.connect(instance.database_url) as connection:
            await connection.execute("LOCK TABLE usage_records IN ACCESS EXCLUSIVE MODE")
            await client.send({"type": "ask", "thread_id": None, "text": "What do we spend?", "client_message_id": "m"})
            run_id = (await client.wait_for_event("tool_executing"))["run_id"]
            session = registry.get(owner)
            assert session.bridge(run_id) is not None
            assert session.report()["runs"] == 1
        await client.wait_for_event("agent_completed")
    await ssot_case.wait_for_condition(lambda: session.report()["runs"] == 0, timeout=60)
    assert session.bridge(run_id) is None


async def test_what_is_said_over_a_bridge_is_heard_at_the_socket_and_stands_in_the_log(
    office: Any, logged_run: Any
) -> None:
    owner = await office.instance.found()
    run, _ = await bridged(office, logged_run, owner)
    bridge = office.registry.session(owner).bridge(run.run_id)
    async with office.instance.client(owner) as client:
        await bridge.notify_agent_started(run.run_id, "advisor", "a task")
        await bridge.notify_agent_thinking(run.run_id, "advisor", "hm", 1, 0.5)
        await bridge.notify_tool_executing(run.run_id, "advisor", "sum", {"of": [1, 2]}, "tcl_1")
        await bridge.notify_tool_completed(run.run_id, "advisor", "sum", {"is": 3}, "tcl_1", 7, True)
        await bridge.notify_agent_completed(run.run_id, "advisor", {"text": "3"}, 9)
        told = [event async for event in client.events_until(ENDS)]
        assert client.report().ok
    events = await office.instance.services.running.history.events(owner, run.run_id, 0)
    assert [(event["type"], event["payload"]) for event in told] == [(event.type, event.payload) for event in events]
    assert told[3]["payload"]["result"] == {"is": 3}


async def test_a_bridge_carries_nothing_for_another_run_nor_to_another_user(office: Any, logged_run: Any) -> None:
    ada, eve = await office.instance.found(), await office.instance.found()
    bob = await office.instance.colleague(ada)
    runs = {owner: await bridged(office, logged_run, owner) for owner in (ada, eve, bob)}
    with pytest.raises(ForeignRun, match=runs[ada][0].run_id):
        await runs[ada][1].notify_agent_started(runs[eve][0].run_id, "advisor")
    for other in (eve, bob):
        with pytest.raises(ForeignRun, match=other.user_id):
            AgentWebSocketBridge(runs[ada][0].context, runs[other][0].emitter)
    async with (
        office.instance.client(ada) as first,
        office.instance.client(eve) as second,
        office.instance.client(bob) as third,
    ):
        for run, bridge in runs.values():
            await bridge.notify_agent_error(run.run_id, "advisor", "over", "cancelled")
        for owner, client in zip(runs, (first, second, third), strict=True):
            await client.wait_for_event("agent_error")
            assert {event["run_id"] for event in client.received} - {None} == {runs[owner][0].run_id}


async def test_a_bridge_outlives_the_connection_and_serves_the_next_one(
    office: Any, logged_run: Any, ssot_case: Any
) -> None:
    owner, sockets = await office.instance.found(), office.instance.sockets
    run, bridge = await bridged(office, logged_run, owner)
    async with office.instance.client(owner) as client:
        await bridge.notify_agent_started(run.run_id, "advisor", "a task")
        await client.wait_for_event("agent_started")
        await client.drop()
        await ssot_case.wait_for_condition(lambda: sockets.of(owner) is None, timeout=60)
        assert not (await bridge.notify_agent_thinking(run.run_id, "advisor", "alone")).reached
        assert office.registry.session(owner).bridge(run.run_id) is bridge
        await client.reconnect()
        await client.wait_for_event("agent_thinking")
        await bridge.notify_agent_error(run.run_id, "advisor", "over", "cancelled")
        await client.wait_for_event("agent_error")
        assert [event["seq"] for event in client.received if event["run_id"] == run.run_id] == [1, 2, 3]
        assert client.report().ok
    office.registry.session(owner).end_run(run.run_id)
    assert office.registry.session(owner).bridge(run.run_id) is None
