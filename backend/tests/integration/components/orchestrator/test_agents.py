"""The agents themselves: who there is, how they are told of each other's work, and what happens when one fails."""

from __future__ import annotations

import pytest

from agent_backend.agents import UnknownAgent
from agent_backend.analysis import Measure
from agent_backend.workflow.routes import REPORTING, ROUTES, TRIAGE

from ..assembly import Assembly
from ..records import partial_data, whole_data
from .journeys import GOAL, steps

pytestmark = pytest.mark.asyncio


async def test_every_agent_that_a_route_asks_for_is_discovered_by_its_name(service: Assembly) -> None:
    registry = service.services.running.registry
    asked_for = {TRIAGE, REPORTING} | {name for route in ROUTES.values() for name in route}
    assert set(registry.names) == asked_for
    ada = await service.user()
    session = registry.session(ada.principal)
    context = service.context(ada)
    assert {session.agent(name, context.thread_id).agent_type for name in asked_for} == asked_for
    assert all(session.agent(name, context.thread_id).get_capabilities() for name in asked_for)
    with pytest.raises(UnknownAgent, match="there is no agent 'oracle'; registered: actions, data, data_helper, "):
        session.agent("oracle", context.thread_id)


async def test_agents_communicate_what_is_missing_from_triage_to_the_guide_and_the_report(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(partial_data())
    end = await ada.answered(GOAL)
    kept = await steps(service, end["run_id"])
    assert kept["triage"].result is not None
    missing = kept["triage"].result["data"]["missing"]
    assert missing
    assert kept["data_helper"].inputs["missing"] == missing
    assert [each["missing"] for each in end["payload"]["result"]["guide"]] == missing
    told = [event["payload"]["reasoning"] for event in ada.story(end["run_id"]) if event["agent_name"] == "data_helper"]
    assert told == [f"I write down how to get what is missing: {', '.join(missing)}."]


async def test_the_failure_of_an_agent_is_told_in_the_report_and_the_next_question_has_recovered(
    service: Assembly,
) -> None:
    ada = await service.user()
    await ada.spend(whole_data())
    await service.execute("ALTER TABLE usage_records RENAME COLUMN cost TO elsewhere")
    failed = await ada.answered(f"{GOAL} today")
    kept = await steps(service, failed["run_id"])
    assert [(step.name, step.failure) for step in kept.values()] == [
        ("triage", None),
        ("optimization", "agent_failed"),
        ("reporting", None),
    ]
    assert kept["reporting"].inputs["failed"] == ["optimization", "actions"]
    caveats = ["The savings could not be computed.", "The steps could not be written down."]
    assert (failed["type"], failed["payload"]["result"]["caveats"]) == ("agent_completed", caveats)
    assert "elsewhere" not in str(failed)
    await service.execute("ALTER TABLE usage_records RENAME COLUMN elsewhere TO cost")
    whole = await ada.answered(f"{GOAL} tomorrow", failed["thread_id"])
    assert whole["payload"]["result"]["caveats"] == []
    assert list(await steps(service, whole["run_id"])) == ["triage", "optimization", "actions", "reporting"]


async def test_an_agent_has_its_tools_work_concurrently_and_each_call_is_closed(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(whole_data())
    end = await ada.answered(GOAL)
    calls = [
        event
        for event in ada.story(end["run_id"])
        if event["agent_name"] == "optimization" and event["type"].startswith("tool_")
    ]
    tools = {"usage_totals", *(measure.value for measure in Measure)}
    begun, ended = calls[: len(tools)], calls[len(tools) :]
    assert {event["type"] for event in begun} == {"tool_executing"}
    assert {event["type"] for event in ended} == {"tool_completed"}
    assert {event["payload"]["tool_name"] for event in begun} == tools
    assert {event["payload"]["tool_call_id"] for event in begun} == {
        event["payload"]["tool_call_id"] for event in ended
    }
    assert all(event["payload"]["ok"] for event in ended)
