"""What a user's socket is told of his runs: all of it, in order, his alone, and once more where a line was lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent_backend.context import Principal
from agent_backend.storage import RunState
from goldenpath import GOLDEN_PATH

pytestmark = pytest.mark.asyncio

ENDS = {"agent_completed", "agent_error"}


async def test_all_five_events_reach_the_users_socket_as_the_log_has_them(desk: Any) -> None:
    owner = await desk.instance.found()
    await desk.instance.spend(owner, large="2.50", small="0.000000001")
    claim = await desk.claim(owner)
    async with desk.instance.client(owner) as client:
        running = asyncio.create_task(desk.engine(owner).execute(claim, desk.supervisor))
        received = [event async for event in client.events_until(ENDS)]
        assert (await running).state is RunState.COMPLETED
    assert received == await desk.told(owner, claim.context.run_id)
    assert {event["type"] for event in received} == {
        "agent_started",
        "agent_thinking",
        "tool_executing",
        "tool_completed",
        "agent_completed",
    }
    assert received[-1]["payload"]["result"]["cost"] == "2.500000001"


async def test_the_sequence_of_steps_side_by_side_keeps_the_contract_and_its_numbers(desk: Any) -> None:
    owner = await desk.instance.found()

    class Wide:
        name = "wide"

        async def run(self, question: str, context: Any, steps: Any) -> dict[str, Any]:
            goal = {"intent": "spend", "grouping": "model", "reduction": None, "keep_latency": False}
            async with asyncio.TaskGroup() as group:
                for number in range(6):
                    group.create_task(steps.run(f"sum {number}", "data", {"goal": goal}))
            return {"text": "done"}

    claim = await desk.claim(owner)
    assert (await desk.engine(owner).execute(claim, Wide())).state is RunState.COMPLETED
    told = await desk.told(owner, claim.context.run_id)
    report = GOLDEN_PATH.check(told)
    assert report.ok, report.explain()
    assert [event["seq"] for event in told] == list(range(1, len(told) + 1))
    assert sorted(e["payload"]["step"] for e in told if e["type"] == "agent_thinking") == [1, 2, 3, 4, 5, 6]


async def test_events_are_filtered_by_user_and_by_tenant(desk: Any) -> None:
    owner = await desk.instance.found()
    others = [await desk.instance.colleague(owner), await desk.instance.found()]
    runs: dict[Principal, str] = {}
    async with (
        desk.instance.client(owner) as own,
        desk.instance.client(others[0]) as colleague,
        desk.instance.client(others[1]) as stranger,
    ):
        for user in (owner, *others):
            claim = await desk.claim(user)
            runs[user] = claim.context.run_id
            await desk.engine(user).execute(claim, desk.totals())
        for user, client in zip((owner, *others), (own, colleague, stranger), strict=True):
            await client.wait_for_event("agent_completed")
            seen = {event["run_id"] for event in client.received if event["run_id"] is not None}
            assert seen == {runs[user]}


async def test_events_that_were_told_while_the_line_was_down_come_after_it_is_back(desk: Any) -> None:
    owner = await desk.instance.found()
    claim = await desk.claim(owner)
    async with desk.instance.client(owner) as client:
        async with desk.records_held():
            running = asyncio.create_task(desk.engine(owner).execute(claim, desk.totals()))
            await client.wait_for_event("tool_executing")
            await client.drop()
        assert (await running).state is RunState.COMPLETED
        missed = [event["type"] for event in client.received].count("agent_completed")
        await client.reconnect()
        await client.wait_for_event("agent_completed")
        told = [event for event in client.received if event["run_id"] == claim.context.run_id]
    assert missed == 0
    assert told == await desk.told(owner, claim.context.run_id)
