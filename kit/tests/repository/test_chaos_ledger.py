"""The ledger of the chaos proof sees each kind of mistake: a judge that overlooks one proves nothing."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

LEDGER = SimpleNamespace(**runpy.run_path(str(Path(__file__).parents[3] / "bench" / "_chaos" / "ledger.py")))
EVENTS = {1: ("agent_started", {}), 2: ("agent_thinking", {"step": 1}), 3: ("agent_completed", {})}


def told(*numbers: int, run_id: str = "run") -> list[Any]:
    return [LEDGER.Told(float(number), run_id, number, *EVENTS[number]) for number in numbers]


def story(events: list[Any], ended_at: float | None = 3.0) -> Any:
    return LEDGER.Story("ada", "question", ended_at=ended_at, run_id="run", told=events)


def verdict(*stories: Any, ended: bool = True) -> dict[str, Any]:
    """What the ledger finds wrong, by name."""
    log = [
        LEDGER.LoggedRun("run", "ada", "question", ended, EVENTS),
        LEDGER.LoggedRun("theirs", "eve", "question", True, EVENTS),
    ]
    found = LEDGER.judge(stories, log)
    fine = {"runs", "events", "endings", "examples"}
    return {name: count for name, count in vars(found).items() if count and name not in fine}


def test_a_story_that_is_as_the_log_is_clean() -> None:
    assert verdict(story(told(1, 2, 3))) == {}
    assert LEDGER.judge([], []).clean


@pytest.mark.parametrize(
    ("events", "wrong"),
    [
        (told(1, 3), {"lost": 1, "out_of_order": 1}),
        (told(1, 2), {"lost": 1}),
        (told(1, 2, 2, 3), {"duplicated": 1}),
        (told(1, 2, 3, 1), {"duplicated": 1}),
        (told(2, 1, 3), {"out_of_order": 2}),
        (told(1, 2, 3) + told(1, run_id="theirs"), {"misrouted": 1}),
        (told(1, 2, 3) + told(1, run_id="nobody's"), {"misrouted": 1}),
        ([*told(1), LEDGER.Told(2.0, "run", 2, "agent_thinking", {"step": 9}), *told(3)], {"altered": 1}),
    ],
)
def test_each_mistake_is_counted(events: list[Any], wrong: dict[str, int]) -> None:
    assert verdict(story(events)) == wrong


def test_a_story_without_an_end_is_unfinished_and_so_is_a_run_without_one() -> None:
    assert verdict(story(told(1, 2, 3), ended_at=None)) == {"unfinished": 1}
    assert verdict(story(told(1, 2, 3)), ended=False) == {"unfinished": 1}


def test_a_question_that_became_no_run_is_forgotten() -> None:
    lost = LEDGER.Story("ada", "another question", ended_at=1.0)
    assert verdict(lost) == {"forgotten": 1}


def test_what_was_asked_for_again_is_no_duplicate() -> None:
    again = story(told(1, 2))
    again.start_over(0)
    again.told += told(1, 2, 3)
    assert (verdict(again), again.replayed) == ({}, 2)


def test_a_reset_is_no_clean_story() -> None:
    again = story(told(1, 2, 3))
    again.resets = 1
    assert verdict(again) == {"resets": 1}
    assert not LEDGER.judge([again], []).clean
