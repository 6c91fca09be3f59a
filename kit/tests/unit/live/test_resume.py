from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.live import RunCursors


def event(seq: int, run: str = "r", epoch: object = 1, type: str = "token") -> dict[str, Any]:
    return {"type": type, "run_id": run, "seq": seq, "epoch": epoch}


def test_every_run_that_has_not_ended_is_asked_for_after_its_last_event() -> None:
    cursors = RunCursors()
    for each in (event(1), event(1, "s"), event(2), event(2, "s", type="agent_error"), event(1, "t", "e")):
        assert cursors.note(each) is None
    assert list(cursors.ask()) == [
        {"type": "resume", "run": "r", "epoch": 1, "after": 2},
        {"type": "resume", "run": "t", "epoch": "e", "after": 1},
    ]


def test_a_stream_may_be_joined_anywhere_but_then_goes_on_without_gaps() -> None:
    cursors = RunCursors()
    assert cursors.note(event(7)) is None
    assert cursors.note(event(8)) is None
    assert cursors.note(event(10)) == "run r went on with event 10, but the next after 8 is 9"


def test_a_reset_begins_another_numbering_and_another_epoch_without_one_is_an_error() -> None:
    cursors = RunCursors()
    cursors.note(event(5))
    assert cursors.note(event(1, epoch=2)) == "run r went on in epoch 2 after 1 without a reset"
    cursors = RunCursors()
    cursors.note(event(5))
    assert cursors.note(event(2, epoch=2, type="reset")) is None
    assert cursors.note(event(3, epoch=2)) is None
    assert list(cursors.ask()) == [{"type": "resume", "run": "r", "epoch": 2, "after": 3}]


@pytest.mark.parametrize("other", [{}, {"type": "heartbeat"}, {"run_id": "r"}, {"run_id": 3, "seq": 1}])
def test_events_outside_of_runs_are_let_be(other: dict[str, Any]) -> None:
    cursors = RunCursors()
    assert cursors.note(other) is None
    assert list(cursors.ask()) == []


def test_servers_that_name_things_otherwise_are_resumed_by_their_names() -> None:
    cursors = RunCursors(run="runId", seq="offset", epoch="generation", terminal={"RUN_FINISHED"})
    assert cursors.note({"type": "STEP", "runId": "r", "offset": 4, "generation": "g"}) is None
    assert list(cursors.ask()) == [{"type": "resume", "run": "r", "epoch": "g", "after": 4}]
    cursors.note({"type": "RUN_FINISHED", "runId": "r", "offset": 5, "generation": "g"})
    assert list(cursors.ask()) == []


@given(st.permutations(range(1, 7)), st.integers(0, 5))
def test_whatever_is_missing_or_doubled_is_noticed(order: list[int], doubled: int) -> None:
    arrived = [*order[: doubled + 1], *order[doubled:]]
    cursors = RunCursors()
    complaints = [cursors.note(event(seq)) for seq in arrived]
    assert any(complaints)


@given(st.integers(1, 30), st.integers(1, 100))
def test_a_stream_without_gaps_is_never_objected_to(length: int, first: int) -> None:
    cursors = RunCursors()
    assert not any(cursors.note(event(seq)) for seq in range(first, first + length))
