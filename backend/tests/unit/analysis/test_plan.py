from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from agent_backend.analysis import Goal, Intent, Measure, Risk, Saving, make_plan


def saving(amount: str, risk: Risk = Risk.LOW, *, slow: bool = False) -> Saving:
    return Saving(Measure.BATCHING, "ops", "big", 1, Decimal(100), Decimal(amount), risk, "", slow)


def goal(reduction: str | None = None, *, keep_latency: bool = False) -> Goal:
    return Goal(Intent.SAVINGS, "model", None if reduction is None else Decimal(reduction), keep_latency)


def test_without_a_target_everything_is_taken() -> None:
    plan = make_plan([saving("3"), saving("4", Risk.HIGH)], goal(), Decimal(70))
    assert (plan.saving, plan.percent, plan.reached) == (Decimal(7), Decimal("10.0"), True)


def test_a_target_is_reached_by_the_least_risk_and_no_more() -> None:
    low, medium, high = saving("10"), saving("15", Risk.MEDIUM), saving("50", Risk.HIGH)
    plan = make_plan([high, medium, low], goal("20"), Decimal(100))
    assert plan.chosen == (low, medium)
    assert (plan.saving, plan.percent, plan.reached) == (Decimal(25), Decimal("25.0"), True)


def test_a_target_that_cannot_be_reached_is_said_not_to_be() -> None:
    plan = make_plan([saving("19.99")], goal("20"), Decimal(100))
    assert (plan.percent, plan.reached) == (Decimal("19.9"), False)


def test_what_makes_people_wait_is_set_aside_when_latency_must_hold() -> None:
    fast, slow = saving("5"), saving("50", slow=True)
    plan = make_plan([slow, fast], goal("20", keep_latency=True), Decimal(100))
    assert (plan.chosen, plan.excluded, plan.reached) == ((fast,), (slow,), False)


def test_of_nothing_nothing_is_saved() -> None:
    plan = make_plan([], goal("20"), Decimal(0))
    assert (plan.saving, plan.percent) == (Decimal(0), Decimal("0.0"))


@given(st.lists(st.tuples(st.integers(1, 10_000), st.sampled_from(Risk), st.booleans())), st.integers(1, 100))
def test_a_plan_is_never_better_than_its_parts(given_: list[tuple[int, Risk, bool]], percent: int) -> None:
    found = [saving(str(Decimal(amount) / 100), risk, slow=slow) for amount, risk, slow in given_]
    plan = make_plan(found, goal(str(percent), keep_latency=True), Decimal(1000))
    assert plan.saving == sum((each.saving for each in plan.chosen), Decimal(0))
    assert not any(each.hurts_latency for each in plan.chosen)
    assert plan.reached == (plan.saving * 100 >= Decimal(1000) * percent)
    if plan.reached and plan.chosen:
        assert (plan.saving - plan.chosen[-1].saving) * 100 < Decimal(1000) * percent
