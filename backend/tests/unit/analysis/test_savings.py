"""Every expected amount is worked out by hand beside it; nothing here was copied from what the code printed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from agent_backend.analysis import CallGroup, Measure, Price, PriceTable, Risk, Saving, savings, total

PRICES = PriceTable(
    {
        "big": Price(Decimal(10), Decimal(40), Decimal("0.5"), cheaper="small"),
        "small": Price(Decimal(1), Decimal(4)),
    }
)


def group(**changes: object) -> CallGroup:
    plain = {"team": "ops", "model": "big", "calls": 10, "of_calls": 10, "prompt_tokens": 0, "completion_tokens": 0}
    return CallGroup(**{**plain, "cost": Decimal("1.00"), **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measure", "given", "saving"),
    [
        # The whole cost of a hopeless retry, and of a repeat.
        (Measure.RETRY_WASTE, {"cost": "2.00"}, "2.00"),
        (Measure.PROMPT_CACHE, {"cost": "0.05"}, "0.05"),
        # 49,600 tokens beyond the cap at $4 a million: 0.1984.
        (Measure.OUTPUT_CAP, {"model": "small", "beyond_cap": 49_600}, "0.19"),
        # Half of 4.21 is 2.105: a saving is never rounded up.
        (Measure.BATCHING, {"cost": "4.21"}, "2.10"),
        # 3,000,000 x $1 + 500,000 x $4 a million = 5.00 instead of 50.00.
        (
            Measure.CHEAPER_MODEL,
            {"cost": "50.00", "prompt_tokens": 3_000_000, "completion_tokens": 500_000},
            "45.00",
        ),
    ],
)
def test_each_measure_saves_what_was_worked_out_by_hand(
    measure: Measure, given: dict[str, object], saving: str
) -> None:
    changes = {name: Decimal(value) if name == "cost" else value for name, value in given.items()}  # type: ignore[arg-type]
    found = savings(measure, [group(**changes)], PRICES)
    assert [each.saving for each in found] == [Decimal(saving)]


def test_less_than_a_cent_is_no_saving() -> None:
    assert savings(Measure.RETRY_WASTE, [group(cost=Decimal("0.009999999"))], PRICES) == []


@pytest.mark.parametrize("measure", [Measure.OUTPUT_CAP, Measure.BATCHING, Measure.CHEAPER_MODEL])
def test_a_model_without_a_price_is_left_out_where_prices_count(measure: Measure) -> None:
    assert savings(measure, [group(model="unheard-of", beyond_cap=10**9)], PRICES) == []


def test_a_model_that_has_no_price_still_wastes_retries_and_repeats() -> None:
    for measure in (Measure.RETRY_WASTE, Measure.PROMPT_CACHE):
        assert total(savings(measure, [group(model="unheard-of")], PRICES)) == Decimal("1.00")


def test_a_cheaper_model_that_would_cost_more_saves_nothing() -> None:
    # The calls cost 0.50; the small model would take 1,000,000 x $1 a million = 1.00.
    assert savings(Measure.CHEAPER_MODEL, [group(cost=Decimal("0.50"), prompt_tokens=1_000_000)], PRICES) == []


@pytest.mark.parametrize(
    ("unstable", "risk"), [(0, Risk.LOW), (5, Risk.LOW), (6, Risk.MEDIUM), (50, Risk.MEDIUM), (51, Risk.HIGH)]
)
def test_a_cache_is_the_riskier_the_more_answers_differed(unstable: int, risk: Risk) -> None:
    [found] = savings(Measure.PROMPT_CACHE, [group(calls=100, unstable_calls=unstable)], PRICES)
    assert found.risk is risk


@pytest.mark.parametrize(("cut", "risk"), [(1, Risk.LOW), (2, Risk.MEDIUM), (5, Risk.MEDIUM), (6, Risk.HIGH)])
def test_a_cap_is_the_riskier_the_more_answers_it_cuts(cut: int, risk: Risk) -> None:
    [found] = savings(Measure.OUTPUT_CAP, [group(calls=cut, of_calls=100, beyond_cap=10**6)], PRICES)
    assert found.risk is risk


@pytest.mark.parametrize(
    ("latencies", "hurts", "risk"),
    [
        ({"big": 800, "small": 300}, False, Risk.MEDIUM),
        ({"big": 300, "small": 301}, True, Risk.MEDIUM),
        ({"big": 300}, True, Risk.HIGH),
        ({}, True, Risk.HIGH),
    ],
)
def test_another_model_hurts_latency_when_it_is_slower_or_was_never_timed(
    latencies: dict[str, int], hurts: bool, risk: Risk
) -> None:
    [found] = savings(Measure.CHEAPER_MODEL, [group()], PRICES, latencies)
    assert (found.hurts_latency, found.risk) == (hurts, risk)


def test_savings_come_greatest_first() -> None:
    groups = [group(team=team, cost=Decimal(cost)) for team, cost in (("a", "1"), ("b", "3"), ("c", "2"))]
    assert [found.team for found in savings(Measure.RETRY_WASTE, groups, PRICES)] == ["b", "c", "a"]


def test_a_saving_survives_json_exactly() -> None:
    [found] = savings(Measure.BATCHING, [group(cost=Decimal("4.210000001"))], PRICES)
    assert Saving.from_json(found.to_json()) == found


def test_a_price_table_refuses_a_cheaper_model_that_has_no_price() -> None:
    with pytest.raises(ValueError, match="the price of big names tiny as the cheaper model, which has no price"):
        PriceTable({"big": Price(Decimal(1), Decimal(1), cheaper="tiny")})
