"""The engine within the service: fed by the queue, written down by the log, working with real tools."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from agent_backend.context import Permission
from agent_backend.storage import RunState
from goldenpath import GOLDEN_PATH

pytestmark = pytest.mark.asyncio

ENDS = {"agent_completed", "agent_error"}
QUESTION = "What do we spend?"


async def asked(client: Any, text: str = QUESTION) -> list[dict[str, Any]]:
    """Ask over the socket, and take down the run."""
    await client.send({"type": "ask", "thread_id": None, "text": text, "client_message_id": f"message-{text}"})
    return [event async for event in client.events_until(ENDS)]


async def test_a_question_flows_from_the_socket_through_the_engine_to_the_stored_answer(instance: Any) -> None:
    owner = await instance.found()
    await instance.spend(owner, large="7.50")
    async with instance.client(owner) as client:
        told = await asked(client)
        report = client.report()
    assert report.ok, report.explain()
    threads = instance.services.threads
    (thread,) = await threads.recent(owner)
    question, answer = await threads.messages(owner, thread.id)
    assert (question.role, question.content) == ("user", QUESTION)
    assert (answer.role, answer.data) == ("assistant", told[-1]["payload"]["result"])
    assert answer.data["cost"] == "7.500000000"


async def test_the_state_of_a_run_is_moved_in_the_log_and_in_the_tracker_together(desk: Any, ssot_case: Any) -> None:
    owner = await desk.instance.found()
    context = await desk.admit(owner)
    assert (await desk.summary(owner, context.run_id)).state is RunState.QUEUED
    async with desk.records_held():
        running = asyncio.create_task(desk.engine(owner).execute(await desk.take(context), desk.supervisor))
        await ssot_case.wait_for_condition(lambda: desk.calls_begun(owner, context.run_id), timeout=60)
        assert (await desk.summary(owner, context.run_id)).state is RunState.RUNNING
        assert [each.state.value for each in desk.parts.tracker.active(owner)] == ["running"]
    await running
    assert (await desk.summary(owner, context.run_id)).state is RunState.COMPLETED
    (execution,) = desk.parts.tracker.history(owner)
    assert execution.state.value == "completed"
    assert [phase.value for phase in execution.phases][:3] == ["created", "preparing", "starting"]
    assert [phase.value for phase in execution.phases][-3:] == ["result_processing", "completing", "completed"]


async def test_tools_run_real_sql_for_the_runs_tenant_and_only_those_that_are_permitted(desk: Any) -> None:
    owner, stranger = await desk.instance.found(), await desk.instance.found()
    await desk.instance.spend(owner, large="1.000000001", small="2")
    await desk.instance.spend(stranger, large="1000")
    claim = await desk.claim(owner)
    await desk.engine(owner).execute(claim, desk.totals())
    (call,) = [e for e in await desk.told(owner, claim.context.run_id) if e["type"] == "tool_completed"]
    async with desk.instance.services.database.tenant(owner.tenant_id) as connection:
        row = await (await connection.execute("SELECT sum(cost) FROM usage_records")).fetchone()
    assert Decimal(call["payload"]["result"]["cost"]) == row[0] == Decimal("3.000000001")
    barred = await desk.claim(owner, permissions={Permission.CHAT})
    assert (await desk.engine(owner).execute(barred, desk.totals())).state is RunState.FAILED
    assert not await desk.calls_begun(owner, barred.context.run_id)


async def test_each_result_reaches_the_user_who_asked_and_nobody_else(instance: Any) -> None:
    owner = await instance.found()
    colleague, stranger = await instance.colleague(owner), await instance.found()
    await instance.spend(owner, large="11")
    await instance.spend(stranger, large="22")
    costs = {}
    async with (
        instance.client(owner) as first,
        instance.client(colleague) as second,
        instance.client(stranger) as third,
    ):
        clients = {owner: first, colleague: second, stranger: third}
        runs = dict(zip(clients, await asyncio.gather(*(asked(each) for each in clients.values())), strict=True))
        for user, client in clients.items():
            costs[user] = runs[user][-1]["payload"]["result"]["cost"]
            assert GOLDEN_PATH.check(runs[user]).ok
            assert {event["run_id"] for event in client.received} - {None} == {runs[user][0]["run_id"]}
            assert len(await instance.services.threads.recent(user)) == 1
    assert costs == {owner: "11.000000000", colleague: "11.000000000", stranger: "22.000000000"}
    (thread,) = await instance.services.threads.recent(owner)
    assert await instance.services.threads.messages(colleague, thread.id) is None
    assert await instance.services.threads.messages(stranger, thread.id) is None
