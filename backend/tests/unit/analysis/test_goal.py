from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_backend.analysis import Goal, Intent, read_goal


@pytest.mark.parametrize(
    ("question", "goal"),
    [
        ("What do we spend?", Goal(Intent.SPEND)),
        ("Which team spends most?", Goal(Intent.SPEND, "team")),
        ("Cut our cost by 20 % without hurting latency", Goal(Intent.SAVINGS, "model", Decimal(20), True)),
        ("cut our cost by 20% without hurting latency", Goal(Intent.SAVINGS, "model", Decimal(20), True)),
        ("How can each team save 12,5 percent?", Goal(Intent.SAVINGS, "team", Decimal("12.5"))),
        ("Where do we waste money?", Goal(Intent.SAVINGS)),
        ("reduce cost, but don't make answers slower", Goal(Intent.SAVINGS, "model", None, True)),
        ("save 0 %", Goal(Intent.SAVINGS)),
        ("save 250 %", Goal(Intent.SAVINGS)),
    ],
)
def test_a_question_is_read_as_it_is_meant(question: str, goal: Goal) -> None:
    assert read_goal(question) == goal


@given(st.text(max_size=300))
def test_any_text_is_some_goal_and_survives_json(question: str) -> None:
    goal = read_goal(question)
    assert Goal.from_json(goal.to_json()) == goal
    assert goal.reduction is None or 0 < goal.reduction <= 100
