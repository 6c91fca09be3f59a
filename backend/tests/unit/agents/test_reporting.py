from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent_backend.agents import Assignment, Reporting
from agent_backend.analysis import read_goal
from agent_backend.context import UserExecutionContext
from agent_backend.llm import Facts, OfflineLanguage, Prose, Told

SAVING = {
    "measure": "retry_waste",
    "team": "ops",
    "model": "big",
    "calls": 2,
    "cost": "2.00",
    "saving": "2.00",
    "risk": "low",
    "risk_reason": "these calls failed",
    "hurts_latency": False,
    "detail": "",
}
ROW = {"name": "big", "calls": 9, "prompt_tokens": 5, "completion_tokens": 6, "cost": "10.005"}
TOTALS = {"grouping": "model", "rows": [ROW], "calls": 9, "cost": "10.005"}
PLAN = {"totals": TOTALS, "chosen": [SAVING], "excluded": [], "saving": "2.00", "percent": "19.9", "reached": False}


class Audience:
    """Hears what an agent thinks aloud."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, float]] = []

    async def thinking(self, reasoning: str, *, progress: float = 0.0) -> None:
        self.heard.append((reasoning, progress))


def inputs(
    question: str, sufficiency: str, *, failed: tuple[str, ...] = (), missing: tuple[str, ...] = (), **results: Any
) -> dict[str, Any]:
    if "triage" not in failed:
        results["triage"] = {"goal": {}, "data": {"calls": 9, "missing": list(missing), "first": None}}
    return {
        "goal": read_goal(question).to_json(),
        "sufficiency": sufficiency,
        "failed": list(failed),
        "results": results,
    }


@pytest.fixture
def report(new_context: Callable[..., UserExecutionContext]) -> Any:
    async def make(given: dict[str, Any], language: Any = None, audience: Audience | None = None) -> dict[str, Any]:
        agent = Reporting(language or OfflineLanguage())
        task = Assignment("a question", given)
        return await agent.execute(task, new_context(), audience or Audience(), None)  # type: ignore[arg-type]

    return make


@pytest.mark.asyncio
async def test_a_whole_report_has_sentences_tables_a_chart_and_steps(report: Any) -> None:
    actions = {"actions": [{"title": "Stop hopeless retries"}]}
    told = await report(inputs("Cut our cost by 20 %", "sufficient", optimization=PLAN, actions=actions))
    assert "Your goal of 20 % is not reached." in told["text"]
    assert [table["title"] for table in told["tables"]] == ["Savings", "Spend by model"]
    assert told["tables"][1]["rows"] == [["big", 9, 5, 6, "10.00", "100.0"]]
    assert told["chart"]["bars"] == [{"label": "Stop hopeless retries", "value": "2.00"}]
    assert (told["actions"], told["caveats"], told["guide"]) == (actions["actions"], [], [])


@pytest.mark.asyncio
async def test_who_asks_for_the_spend_is_told_the_spend(report: Any) -> None:
    told = await report(inputs("What do we spend?", "sufficient", optimization=PLAN))
    assert told["text"] == "You spent $10.00 in all. By model, big is the one: $10.00 (100%)."
    assert [table["title"] for table in told["tables"]] == ["Spend by model"]
    assert (told["actions"], told["cost"]) == ([], "10.005")


@pytest.mark.asyncio
async def test_partial_data_is_reported_with_caveats_and_a_guide(report: Any) -> None:
    guide = {"guide": [{"missing": "latencies", "how": "Fill it."}], "csv_header": "a,b"}
    given = inputs("Save!", "partial", missing=("latencies",), data={"totals": TOTALS}, data_helper=guide)
    told = await report(given)
    assert told["text"].endswith("To find savings I also need latencies; the steps below say how to get there.")
    assert told["caveats"] == ["The records lack latencies."]
    assert (told["guide"], told["csv_header"]) == (guide["guide"], "a,b")
    assert told["chart"]["title"] == "Spend by model"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("failed", "caveats"),
    [
        (("triage",), ["What the records hold could not be checked."]),
        (
            ("optimization", "actions"),
            ["The savings could not be computed.", "The steps could not be written down."],
        ),
        (
            ("data_helper", "data"),
            ["The guide to what is missing could not be written.", "The records could not be added up."],
        ),
    ],
)
async def test_every_step_that_failed_is_named_and_the_report_is_written(
    report: Any, failed: tuple[str, ...], caveats: list[str]
) -> None:
    told = await report(inputs("Save!", "unknown", failed=failed))
    assert told["caveats"] == caveats
    assert (told["tables"], told["chart"], told["actions"]) == ([], None, [])


@pytest.mark.asyncio
async def test_every_sentence_is_heard_as_it_is_written_and_progress_never_ends_early(report: Any) -> None:
    audience = Audience()
    told = await report(inputs("Cut our cost by 20 %", "sufficient", optimization=PLAN), audience=audience)
    assert " ".join(sentence for sentence, _ in audience.heard) == told["text"]
    assert all(
        earlier <= later < 1 for (_, earlier), (_, later) in zip(audience.heard, audience.heard[1:], strict=False)
    )


@pytest.mark.asyncio
async def test_the_language_layer_is_given_sentences_and_names_and_no_record(report: Any) -> None:
    given: list[Facts] = []

    class Listener:
        async def write(self, facts: Facts, tenant_id: str, told: Told) -> Prose:
            given.append(facts)
            return Prose("other words", by_model=True)

    told = await report(inputs("Save 5 %", "sufficient", optimization=PLAN), Listener())
    assert (told["text"], told["language"]) == ("other words", {"by_model": True, "note": None})
    assert given[0].names == {"big", "ops"}
    assert given[0].sentences[0] == "You spent $10.00 in all."
    assert given[0].verdicts == {"Your goal of 5 % is not reached."}
