"""What AG-UI clients are sent, judged by the toolkit's contract for AG-UI 1.0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent_backend.events import CANCELLED, AgUiExporter, Event, RunEvents
from goldenpath import AG_UI


@pytest.fixture
def run(clock: Any) -> RunEvents:
    return RunEvents(run_id="run", thread_id="thr", epoch=1, now=clock.now)


def exported(*events: Event) -> list[dict[str, Any]]:
    exporter = AgUiExporter()
    return [each for seq, event in enumerate(events, 1) for each in exporter.export(event.numbered(seq))]


def beginning(run: RunEvents) -> list[Event]:
    return [
        run.agent_started("supervisor", "task"),
        run.agent_thinking("triage", "I look", 1, 0.5),
        run.tool_executing("triage", "sum", {"by": "team"}, "tcl_1"),
        run.tool_executing("triage", "count", {}, "tcl_2"),
        run.tool_completed("triage", "count", 3, "tcl_2", 1, True),
        run.tool_completed("triage", "sum", None, "tcl_1", 1, False),
        run.agent_thinking("reporting", "", 2, 0.5),
    ]


ENDS: dict[str, Callable[[RunEvents], Event]] = {
    "completed": lambda run: run.agent_completed("supervisor", {"text": "done", "cost": "0.10"}, 9),
    "completed without a word": lambda run: run.agent_completed("supervisor", {"text": ""}, 9),
    "failed": lambda run: run.agent_error("supervisor", "why", "internal_error", True),
    "cancelled": lambda run: run.agent_error("supervisor", "cancelled", CANCELLED, False),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_a_run_is_exported_as_the_contract_wants_it(run: RunEvents, end: Callable[[RunEvents], Event]) -> None:
    report = AG_UI.check(exported(*beginning(run), end(run)))
    assert report.ok, report.explain()
    assert not report.inconclusive


def test_a_run_that_is_cancelled_before_it_began_is_an_error(run: RunEvents) -> None:
    events = exported(ENDS["cancelled"](run))
    assert [event["type"] for event in events] == ["RUN_ERROR"]
    assert AG_UI.check(events).ok


def test_each_event_has_its_counterpart(run: RunEvents) -> None:
    types = [event["type"] for event in exported(*beginning(run), ENDS["completed"](run))]
    thinking = ["REASONING_START", "REASONING_MESSAGE_START", "REASONING_MESSAGE_CONTENT"]
    closed = ["REASONING_MESSAGE_END", "REASONING_END"]
    call = ["TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END"]
    assert types == [
        *["RUN_STARTED", "STEP_STARTED", *thinking, *closed, *call, *call, "TOOL_CALL_RESULT", "TOOL_CALL_RESULT"],
        *["STEP_FINISHED", "STEP_STARTED", *thinking[:2], *closed, "STEP_FINISHED"],
        *["TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END", "RUN_FINISHED"],
    ]
