"""The agents that are registered work together on a question, by a way that the data decides."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent_backend.usage import UsageGenerator
from goldenpath import GOLDEN_PATH

pytestmark = pytest.mark.asyncio

ENDS = {"agent_completed", "agent_error"}
QUESTION = "Cut our cost by 20 %"
STEPS = "SELECT name, failure FROM run_steps WHERE run_id = %s ORDER BY position"


async def asked(instance: Any, owner: Any) -> list[dict[str, Any]]:
    async with instance.client(owner) as client:
        await client.send({"type": "ask", "thread_id": None, "text": QUESTION, "client_message_id": "message-1"})
        return [event async for event in client.events_until(ENDS)]


async def steps_of(instance: Any, owner: Any, run_id: str) -> list[tuple[str, str | None]]:
    async with instance.services.database.tenant(owner.tenant_id) as connection:
        return await (await connection.execute(STEPS, [run_id])).fetchall()


async def test_a_full_orchestration_goes_through_every_agent_to_an_answer_with_figures(instance: Any) -> None:
    owner = await instance.found()
    await instance.services.usage.add(owner.tenant_id, list(UsageGenerator(seed=1, days=16)))
    told = await asked(instance, owner)
    report = GOLDEN_PATH.check(told)
    assert report.ok, report.explain()
    steps = await steps_of(instance, owner, told[0]["run_id"])
    assert steps == [("triage", None), ("optimization", None), ("actions", None), ("reporting", None)]
    spoke = list(dict.fromkeys(event["agent_name"] for event in told))
    assert spoke == ["supervisor", "triage", "optimization", "actions", "reporting"]
    tools = {event["payload"]["tool_name"] for event in told if event["type"] == "tool_completed"}
    assert len(tools) == 7
    result = told[-1]["payload"]["result"]
    assert result["sufficiency"] == "sufficient"
    assert result["actions"]
    assert result["chart"]


async def test_the_supervisor_coordinates_each_users_agents_by_what_his_own_data_allows(instance: Any) -> None:
    nothing, something, all_of_it = [await instance.found() for _ in range(3)]
    await instance.spend(something, **{"atlas-large": "2"})
    await instance.services.usage.add(all_of_it.tenant_id, list(UsageGenerator(seed=2, days=16)))
    users = (nothing, something, all_of_it)
    runs = await asyncio.gather(*(asked(instance, user) for user in users))
    ways = [await steps_of(instance, user, told[0]["run_id"]) for user, told in zip(users, runs, strict=True)]
    assert [[name for name, _ in way] for way in ways] == [
        ["triage", "data_helper", "reporting"],
        ["triage", "data_helper", "data", "reporting"],
        ["triage", "optimization", "actions", "reporting"],
    ]
    results = [told[-1]["payload"]["result"] for told in runs]
    assert [result["sufficiency"] for result in results] == ["insufficient", "partial", "sufficient"]
    assert "cost" not in results[0]
    assert results[1]["cost"] == "2.000000000"
    assert (bool(results[0]["guide"]), bool(results[2]["guide"])) == (True, False)
