"""From a question to the agents that answer it: which of them, in which order, with what in their hands."""

from __future__ import annotations

from itertools import pairwise

import pytest

from agent_backend.analysis.sufficiency import REQUIREMENTS
from agent_backend.usage import HEADER
from goldenpath import GOLDEN_PATH

from ..assembly import Assembly
from ..records import partial_data, whole_data
from .journeys import GOAL, steps

pytestmark = pytest.mark.asyncio


async def test_a_question_is_coordinated_end_to_end_and_its_answer_is_kept(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(whole_data())
    end = await ada.answered(GOAL)
    story = ada.story(end["run_id"])
    verdict = GOLDEN_PATH.check([dict(event) for event in story])
    assert verdict.ok, verdict.explain()
    assert list(await steps(service, end["run_id"])) == ["triage", "optimization", "actions", "reporting"]
    assert story[0]["agent_name"] == end["agent_name"] == "supervisor"
    kept = (await ada.get(f"/api/threads/{end['thread_id']}/messages"))["messages"]
    assert [(message["role"], message["run_id"]) for message in kept] == [
        ("user", end["run_id"]),
        ("assistant", end["run_id"]),
    ]
    assert (kept[0]["content"], kept[1]["content"]) == (GOAL, end["payload"]["result"]["text"])


async def test_insufficient_data_leads_to_a_guide_for_its_collection(service: Assembly) -> None:
    ada = await service.user()
    end = await ada.answered(GOAL)
    assert list(await steps(service, end["run_id"])) == ["triage", "data_helper", "reporting"]
    answer = end["payload"]["result"]
    assert answer["sufficiency"] == "insufficient"
    assert [each["missing"] for each in answer["guide"]] == [each.name for each in REQUIREMENTS]
    assert [each["how"] for each in answer["guide"]] == [each.how for each in REQUIREMENTS]
    assert (answer["csv_header"], answer["tables"], answer["actions"]) == (HEADER, [], [])


async def test_partial_data_leads_to_a_report_with_caveats(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(partial_data())
    end = await ada.answered(GOAL)
    assert list(await steps(service, end["run_id"])) == ["triage", "data_helper", "data", "reporting"]
    answer = end["payload"]["result"]
    missing = ["two weeks of history", "prompt fingerprints"]
    assert (answer["sufficiency"], [each["missing"] for each in answer["guide"]]) == ("partial", missing)
    assert answer["caveats"] == [f"The records lack {name}." for name in missing]
    assert [table["title"] for table in answer["tables"]] == ["Spend by model"]


async def test_a_step_begins_when_those_it_depends_on_have_ended_and_the_report_is_last(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(whole_data())
    end = await ada.answered(GOAL)
    spoke = [event["agent_name"] for event in ada.story(end["run_id"]) if event["type"] != "agent_started"]
    turns = [agent for agent, following in pairwise([*spoke, ""]) if agent != following]
    assert turns == ["triage", "supervisor", "optimization", "actions", "reporting", "supervisor"]


async def test_the_state_of_a_run_is_known_while_it_is_worked_on_and_after(service: Assembly) -> None:
    ada = await service.user()
    state = "SELECT state, last_seq FROM runs WHERE id = %s"
    async with service.agents_held():
        await ada.ask(GOAL)
        run_id = await ada.begun(GOAL)
        await ada.told(lambda event: event["type"] == "tool_executing")
        assert [row[0] for row in await service.query(state, run_id)] == ["running"]
        assert await steps(service, run_id) == {}
    end = await ada.ended(run_id)
    assert await service.query(state, run_id) == [("completed", end["seq"])]
    assert [step.failure for step in (await steps(service, run_id)).values()] == [None] * 3


async def test_results_are_passed_on_whole_and_unchanged(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(whole_data())
    end = await ada.answered(GOAL)
    kept = await steps(service, end["run_id"])
    assert kept["optimization"].result is not None
    assert kept["optimization"].result["chosen"]
    assert kept["actions"].inputs["chosen"] == kept["optimization"].result["chosen"]
    handed = kept["reporting"].inputs["results"]
    assert handed == {name: kept[name].result for name in ("triage", "optimization", "actions")}
    assert {step.inputs["goal"]["reduction"] for step in kept.values()} == {"20"}
    assert kept["reporting"].result == end["payload"]["result"]
