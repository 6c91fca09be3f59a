from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from goldenpath.contracts import AG_UI, GOLDEN_PATH, to_ag_ui

Event = dict[str, Any]

PAYLOADS: dict[str, Event] = {
    "agent_started": {"task": "cut our cost"},
    "agent_thinking": {"reasoning": "look at the data", "step": 1, "progress": 0.2},
    "tool_executing": {"tool_call_id": "call-1", "tool_name": "query", "parameters": {}},
    "tool_completed": {
        "tool_call_id": "call-1",
        "tool_name": "query",
        "result": None,
        "duration_ms": 12,
        "ok": True,
    },
    "agent_completed": {"status": "completed", "result": "use a cheaper model", "duration_ms": 40},
    "agent_error": {"code": "timeout", "message": "the model did not answer", "retryable": True},
}


def stream(*types: str, run: str = "run-1") -> list[Event]:
    numbers = count(1)
    return [{"type": type_, "run_id": run, "seq": next(numbers), "payload": dict(PAYLOADS[type_])} for type_ in types]


FIVE = ("agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed")


def test_the_five_events_in_order_are_the_golden_path() -> None:
    report = GOLDEN_PATH.check(stream(*FIVE))
    assert report.ok
    assert (report.score, report.kept, report.obligations) == (1.0, 12, 12)
    assert report.coverage.unseen == ("agent_error",)


@pytest.mark.parametrize("length", range(4))
def test_a_run_may_fail_anywhere(length: int) -> None:
    assert GOLDEN_PATH.check(stream(*FIVE[: length + 1], "agent_error")).ok


@pytest.mark.parametrize("missing", range(5))
def test_no_event_may_be_missing(missing: int) -> None:
    types = [type_ for position, type_ in enumerate(FIVE) if position != missing]
    report = GOLDEN_PATH.check(stream(*types))
    assert report.verdict == "failed"
    assert report.score < 1.0


@pytest.mark.parametrize("early", range(4))
def test_no_two_neighbours_may_be_swapped(early: int) -> None:
    types = list(FIVE)
    types[early], types[early + 1] = types[early + 1], types[early]
    assert GOLDEN_PATH.check(stream(*types)).verdict == "failed"


def test_runs_that_interleave_are_told_apart() -> None:
    one, other = stream(*FIVE, run="one"), stream(*FIVE, run="other")
    report = GOLDEN_PATH.check([event for pair in zip(one, other, strict=True) for event in pair])
    assert report.ok
    assert report.runs == 2


def test_messages_of_the_connection_belong_to_no_run() -> None:
    events = stream(*FIVE)
    chatter = [{"type": type_} for type_ in ("connection_established", "heartbeat", "resume", "reset")]
    report = GOLDEN_PATH.check([*chatter, *events[:2], *chatter, *events[2:]])
    assert report.ok
    assert report.runs == 1


def test_parallel_tools_may_complete_in_any_order() -> None:
    events = stream("agent_started", "agent_thinking", "tool_executing", "tool_executing", *["tool_completed"] * 2)
    events += stream(*FIVE)[-1:]
    events[3]["payload"]["tool_call_id"] = events[4]["payload"]["tool_call_id"] = "call-2"
    for seq, event in enumerate(events, 1):
        event["seq"] = seq
    assert GOLDEN_PATH.check(events).ok


def by(agent: str, event: Event, **payload: object) -> Event:
    """The event in the name of one agent."""
    return event | {"agent_name": agent, "payload": event["payload"] | payload}


def side_by_side() -> list[Event]:
    """Two agents of one run: the second thinks and calls while the tool of the first works, and is the first to end."""
    started, thinking, executing, completed, ended = stream(*FIVE)
    told = [
        by("supervisor", started),
        by("triage", thinking),
        by("triage", executing, tool_call_id="t"),
        by("pricing", thinking),
        by("pricing", executing, tool_call_id="p"),
        by("pricing", completed, tool_call_id="p"),
        by("pricing", thinking),
        by("triage", completed, tool_call_id="t"),
        by("supervisor", ended),
    ]
    return [event | {"seq": seq} for seq, event in enumerate(told, 1)]


def test_agents_of_one_run_may_think_and_call_side_by_side() -> None:
    report = GOLDEN_PATH.check(side_by_side())
    assert report.ok, report.explain()


def test_a_call_is_completed_by_the_agent_that_made_it_and_by_no_other() -> None:
    events = side_by_side()
    events[7] = by("pricing", events[7])
    report = GOLDEN_PATH.check(events)
    assert [(violation.rule, violation.index, violation.path) for violation in report.violations] == [
        ("EC402", 7, "agent_name")
    ]


def test_a_call_that_nobody_made_is_not_completed_by_a_thought_that_came_before() -> None:
    events = side_by_side()
    events[7] = by("triage", events[7], tool_call_id="nobody's")
    report = GOLDEN_PATH.check(events)
    assert {violation.rule for violation in report.violations} == {"EC302", "EC303"}


@pytest.mark.parametrize("types", [FIVE, ("agent_started", "agent_thinking", "agent_error"), ("agent_error",)])
def test_the_golden_path_said_in_ag_ui_keeps_that_contract(types: tuple[str, ...]) -> None:
    translated = list(to_ag_ui([{"type": "heartbeat"}, *stream(*types)]))
    report = AG_UI.check(translated)
    assert (report.violations, report.verdict) == ((), "ok")


def test_each_of_the_five_events_has_its_words_in_ag_ui() -> None:
    said = [[event["type"] for event in to_ag_ui([event])] for event in stream(*FIVE, "agent_error")]
    assert said == [
        ["RUN_STARTED"],
        [
            "REASONING_START",
            "REASONING_MESSAGE_START",
            "REASONING_MESSAGE_CONTENT",
            "REASONING_MESSAGE_END",
            "REASONING_END",
        ],
        ["TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END"],
        ["TOOL_CALL_RESULT"],
        ["RUN_FINISHED"],
        ["RUN_ERROR"],
    ]


def test_runs_that_interleave_cannot_be_one_ag_ui_stream() -> None:
    with pytest.raises(ValueError, match="'other' comes amid 'one'"):
        list(to_ag_ui([*stream("agent_started", run="one"), *stream("agent_started", run="other")]))
