from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.contracts import AG_UI, Checker, EventContract, Numbering, Once, Pairing, runs
from goldenpath.contracts.machine import Machine

Event = dict[str, Any]
TALK = EventContract(
    name="talk",
    events={type_: {"run": "any"} for type_ in ("hello", "open", "close", "bye", "tick")},
    first={"hello"},
    last={"bye"},
    outside={"tick"},
    run_key="run",
    clauses=(Pairing(name="door", key="id", opens="open", closes=("close",)), Numbering("seq"), Once(("close",))),
)
TALKED = st.fixed_dictionaries(
    {"type": st.sampled_from([*TALK.events, "shout"]), "run": st.sampled_from(["r", "s", []])},
    optional={"id": st.sampled_from("ab"), "seq": st.integers(0, 3)},
)
CHATTED = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["RUN_STARTED", "STEP_STARTED", "STEP_FINISHED", "RUN_FINISHED", "RUN_ERROR"]),
        "threadId": st.sampled_from("tu"),
        "runId": st.sampled_from("rs"),
        "stepName": st.sampled_from("ab"),
        "message": st.just("broken"),
    }
)


def judged_anew(contract: EventContract, taken: list[Any], event: Any) -> list[str]:
    """What a checker that never tried anything says of the event after those that were taken."""
    fresh = contract.checker()
    fresh.feed_all(taken)
    return [violation.rule for violation in fresh.feed(event) if violation.severity == "error"]


def agree_on(contract: EventContract, events: list[tuple[str, Event]]) -> None:
    tried, taken = contract.checker(), list[Any]()
    for way, event in events:
        expected = judged_anew(contract, taken, event)
        if way != "feed":
            assert [each.rule for each in tried.objections(event)] == expected
        if way == "admit":
            assert [each.rule for each in tried.admit(event) if each.severity == "error"] == expected
        if way == "feed":
            tried.feed(event)
        if way == "feed" or (way == "admit" and not expected):
            taken.append(event)
    assert tried.finish() == contract.check(taken)


WAYS = st.sampled_from(["admit", "admit", "admit", "try", "feed"])


@given(st.lists(st.tuples(WAYS, TALKED), max_size=25))
def test_what_was_only_tried_leaves_no_trace_where_runs_interleave(events: list[tuple[str, Event]]) -> None:
    agree_on(TALK, events)


@given(st.lists(st.tuples(WAYS, CHATTED), max_size=25))
def test_what_was_only_tried_leaves_no_trace_where_runs_follow_one_another(events: list[tuple[str, Event]]) -> None:
    agree_on(AG_UI, events)


def test_a_refused_ending_brings_no_forgotten_run_back_and_forgets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "ENDED_RUNS", 3)
    talk = [("admit", {"type": type_, "run": name}) for name in "abcd" for type_ in ("hello", "bye")]
    refused = [("admit", {"type": "hello", "run": "e"}), ("try", {"type": "bye", "run": "e"})]
    again = [("admit", {"type": "hello", "run": name}) for name in "abcde"]
    agree_on(TALK, [*talk, *refused, *again])


def test_an_event_that_is_taken_copies_nothing_however_long_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: Checker = TALK.checker()
    tried.admit({"type": "hello", "run": "r"})
    copies = []
    monkeypatch.setattr(Machine, "copy", lambda machine, run: copies.append(run))
    for number in range(1_000):
        assert not tried.admit({"type": "open", "run": "r", "id": number})
    assert copies == []
