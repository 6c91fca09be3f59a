"""What the answer is worth to whoever asked."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

import pytest

from agent_backend.analysis import DESCRIPTIONS, Measure, Risk
from agent_backend.usage import UsageGenerator

from ..assembly import Assembly
from ..records import SAVED, whole_data
from .journeys import CAREFUL, GOAL, SPEND, steps

pytestmark = pytest.mark.asyncio
CENT = Decimal("0.01")


async def test_the_answer_is_complete_in_words_tables_chart_and_actions(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(UsageGenerator(seed=1, days=30))
    answer = (await ada.answered(GOAL))["payload"]["result"]
    assert "Your goal of 20 % is reached." in answer["text"]
    assert [table["title"] for table in answer["tables"]] == ["Savings", "Spend by model"]
    assert answer["chart"]["title"] == "Savings by measure"
    assert answer["actions"]
    for action in answer["actions"]:
        described = DESCRIPTIONS[Measure(action["measure"])]
        assert (action["title"], action["steps"]) == (described.title, list(described.steps))
        assert action["teams"]
    assert {bar["label"] for bar in answer["chart"]["bars"]} == {action["title"] for action in answer["actions"]}
    assert (answer["sufficiency"], answer["caveats"]) == ("sufficient", [])


async def test_the_rules_of_the_business_take_the_least_risk_first_and_stop_at_the_goal(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(UsageGenerator(seed=1, days=15))
    end = await ada.answered(CAREFUL)
    result = (await steps(service, end["run_id"]))["optimization"].result
    assert result is not None
    risks = [list(Risk).index(Risk(saving["risk"])) for saving in result["chosen"]]
    assert risks == sorted(risks)
    assert result["excluded"]
    assert all(saving["hurts_latency"] for saving in result["excluded"])
    assert not any(saving["hurts_latency"] for saving in result["chosen"])
    goal, saved = Decimal(result["totals"]["cost"]) / 5, [Decimal(saving["saving"]) for saving in result["chosen"]]
    assert sum(saved[:-1]) < goal
    assert result["reached"] is (sum(saved) >= goal)
    plain = await ada.answered(SPEND)
    assert (plain["payload"]["result"]["actions"], plain["payload"]["result"]["chart"]["title"]) == (
        [],
        "Spend by model",
    )


async def test_money_is_exact_from_the_records_to_the_report(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(UsageGenerator(seed=2, days=20))
    end = await ada.answered(GOAL)
    [(spent,)] = await service.query(
        "SELECT sum(cost) FROM usage_records WHERE tenant_id = %s", ada.principal.tenant_id
    )
    answer = end["payload"]["result"]
    assert Decimal(answer["cost"]) == spent == sum(Decimal(row["cost"]) for row in answer["rows"])
    result = (await steps(service, end["run_id"]))["optimization"].result
    assert result is not None
    saved = Decimal(result["saving"])
    assert saved == sum(Decimal(saving["saving"]) for saving in result["chosen"])
    assert all(Decimal(saving["saving"]) <= Decimal(saving["cost"]) for saving in result["chosen"])
    savings = next(table for table in answer["tables"] if table["title"] == "Savings")
    at = [column["name"] for column in savings["columns"]].index("saving")
    assert sum(Decimal(row[at]) for row in savings["rows"]) == saved
    assert sum(Decimal(action["saving"]) for action in answer["actions"]) == saved
    assert saved == saved.quantize(CENT)
    assert f"${saved:,}" in answer["text"]


async def test_the_value_that_is_promised_is_what_the_prices_say(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(whole_data())
    answer = (await ada.answered(CAREFUL))["payload"]["result"]
    [action] = answer["actions"]
    assert (action["measure"], Decimal(action["saving"])) == ("cheaper_model", SAVED)
    percent = (SAVED * 100 / Decimal(answer["cost"])).quantize(Decimal("0.1"), ROUND_DOWN)
    assert f"The chosen measures would have saved ${SAVED} of it, {percent} %." in answer["text"]
