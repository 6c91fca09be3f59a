from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from agent_backend.analysis import Goal, Intent, Measure, Risk, Saving, Sufficiency
from agent_backend.llm import Facts, OfflineLanguage, check_sentence, wording


def totals(*costs: tuple[str, str]) -> dict[str, Any]:
    rows = [{"name": name, "cost": cost} for name, cost in costs]
    return {"grouping": "model", "rows": rows, "cost": str(sum((Decimal(cost) for _, cost in costs), Decimal(0)))}


def saving(measure: Measure, amount: str, risk: Risk = Risk.LOW, team: str = "ops") -> Saving:
    return Saving(measure, team, "big", 1, Decimal(9), Decimal(amount), risk, "")


@pytest.mark.parametrize(
    ("costs", "text"),
    [
        ([], wording.NO_RECORDS),
        ([("large", "0")], "You spent $0.00 in all. By model, large is the one: $0.00."),
        ([("large", "2.5")], "You spent $2.50 in all. By model, large is the one: $2.50 (100%)."),
        (
            [("large", "3000"), ("small", "1000")],
            "You spent $4,000.00 in all. By model, large is the dearest of 2: $3,000.00 (75%).",
        ),
    ],
)
def test_spend_is_worded_from_the_figures_alone(costs: list[tuple[str, str]], text: str) -> None:
    assert " ".join(wording.spend(totals(*costs))) == text


def test_the_outcome_says_what_is_saved_and_whether_the_goal_is_reached() -> None:
    goal = Goal(Intent.SAVINGS, reduction=Decimal("20.0"))
    plan = {"saving": "12.34", "percent": "19.9", "reached": False, "excluded": []}
    assert wording.outcome(goal, plan) == [
        "The chosen measures would have saved $12.34 of it, 19.9 %.",
        "Your goal of 20 % is not reached.",
    ]
    assert wording.outcome(goal, {**plan, "saving": "0"}) == ["I found nothing to save."]


def test_each_measure_has_a_sentence_with_its_worst_risk_and_the_greatest_comes_first() -> None:
    told = wording.by_measure(
        [
            saving(Measure.RETRY_WASTE, "1.00"),
            saving(Measure.PROMPT_CACHE, "2.00", Risk.LOW, "ops"),
            saving(Measure.PROMPT_CACHE, "3.00", Risk.HIGH, "desk"),
        ]
    )
    assert told == [
        "Cache repeated prompts: $5.00 at high risk, teams desk and ops.",
        "Stop hopeless retries: $1.00 at low risk, team ops.",
    ]


def test_what_is_missing_is_named() -> None:
    assert wording.missing(Sufficiency.SUFFICIENT, []) == []
    assert wording.missing(Sufficiency.PARTIAL, ["a", "b", "c"]) == [
        "To find savings I also need a, b and c; the steps below say how to get there."
    ]


@pytest.mark.asyncio
async def test_offline_the_facts_are_told_as_they_stand_and_pass_their_own_check() -> None:
    facts = Facts(
        (
            *wording.spend(totals(("atlas-2", "3"), ("small", "1"))),
            *wording.by_measure([saving(Measure.BATCHING, "2.00")]),
            *wording.period({"first": "2026-08-01T00:00:00+00:00", "last": "2026-10-29T00:00:00+00:00", "calls": 1234}),
        ),
        frozenset({"atlas-2", "ops"}),
    )
    heard: list[str] = []

    async def told(sentence: str) -> None:
        heard.append(sentence)

    prose = await OfflineLanguage().write(facts, "ten", told)
    assert (prose.text, prose.by_model, heard) == (facts.text, False, list(facts.sentences))
    for sentence in facts.sentences:
        check_sentence(sentence, facts)
