from __future__ import annotations

import json
from typing import Any

import pytest

from agent_backend.events import ConnectionEvents, Event, EventType, RunEvents

ENVELOPE = ["type", "run_id", "thread_id", "seq", "epoch", "timestamp", "agent_name", "payload"]


@pytest.fixture
def run(clock: Any) -> RunEvents:
    return RunEvents(run_id="run", thread_id="thr", epoch=3, now=clock.now)


def frame(event: Event) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(event.frame)
    return decoded


def test_every_event_of_a_run_has_its_payload_in_the_same_envelope(run: RunEvents) -> None:
    call = {"tool_call_id": "tcl", "tool_name": "sum"}
    made: list[tuple[Event, dict[str, Any]]] = [
        (run.agent_started("advisor", "task"), {"task": "task"}),
        (run.agent_thinking("advisor", "why", 1, 0.5), {"reasoning": "why", "step": 1, "progress": 0.5}),
        (run.tool_executing("advisor", "sum", {"by": "team"}, "tcl"), call | {"parameters": {"by": "team"}}),
        (
            run.tool_completed("advisor", "sum", [1], "tcl", 7, True),
            call | {"result": [1], "duration_ms": 7, "ok": True},
        ),
        (
            run.agent_completed("advisor", {"text": "dönê"}, 9),
            {"status": "completed", "result": {"text": "dönê"}, "duration_ms": 9},
        ),
        (run.agent_error("advisor", "why", "code", True), {"code": "code", "message": "why", "retryable": True}),
    ]
    for event, payload in made:
        assert list(frame(event)) == ENVELOPE
        assert event.payload == payload
        assert frame(event) == {
            "type": event.type.value,
            "run_id": "run",
            "thread_id": "thr",
            "seq": 0,
            "epoch": 3,
            "timestamp": "2026-11-21T12:00:00+00:00",
            "agent_name": "advisor",
            "payload": payload,
        }


def test_an_event_is_numbered_by_the_log_and_otherwise_unchanged(run: RunEvents) -> None:
    event = run.agent_started("advisor", "task")
    assert frame(event.numbered(4)) == frame(event) | {"seq": 4}


def test_what_is_no_json_is_refused_where_it_is_made(run: RunEvents) -> None:
    with pytest.raises(ValueError, match="JSON"):
        run.tool_completed("advisor", "sum", float("nan"), "tcl", 0, True)


def test_what_belongs_to_no_run_has_the_same_envelope_and_no_number(clock: Any) -> None:
    events = ConnectionEvents(clock.now)
    for event in (events.connection_established("con", "usr"), events.error("code", "message", retryable=False)):
        assert list(frame(event)) == ENVELOPE
        assert (event.run_id, event.thread_id, event.seq, event.epoch, event.agent_name) == (None, None, 0, 0, None)


def test_every_type_of_event_is_produced_by_this_module(run: RunEvents, clock: Any) -> None:
    asides = ConnectionEvents(clock.now)
    produced = {
        run.agent_started("", "").type,
        run.agent_thinking("", "", 1, 0).type,
        run.tool_executing("", "", {}, "").type,
        run.tool_completed("", "", None, "", 0, False).type,
        run.agent_completed("", {}, 0).type,
        run.agent_error("", "", "", False).type,
        asides.connection_established("", "").type,
        asides.heartbeat().type,
        asides.resume("", "", 1, 0, 0, "running").type,
        asides.reset("", "", None).type,
        asides.error("", "", retryable=False).type,
    }
    assert produced == set(EventType)
