"""Events: how fast a contract holds them, next to ag-ui-validate on the same streams."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

from _measuring import publish, taking_turns
from ag_ui_validate import create_validator

from goldenpath.contracts import AG_UI, GOLDEN_PATH, EventContract

Event = dict[str, Any]


def golden_run(run: str) -> list[Event]:
    """A run of eleven events as the backend streams them: three rounds of thinking and one tool each."""
    seq = 0

    def event(type_: str, **payload: Any) -> Event:
        nonlocal seq
        seq += 1
        envelope = {"run_id": run, "thread_id": "thr_1", "seq": seq, "epoch": "e1", "timestamp": 1.5 + seq}
        return {"type": type_, **envelope, "agent_name": "triage", "payload": payload}

    events = [event("agent_started", task="cut our cost by 20 %")]
    for step in range(3):
        call = {"tool_call_id": f"call-{step}", "tool_name": "query"}
        events += [
            event("agent_thinking", reasoning="look at the data", step=step, progress=step / 3),
            event("tool_executing", **call, parameters={"days": 30}),
            event("tool_completed", **call, result=[1, 2, 3], duration_ms=12.5, ok=True),
        ]
    return [*events, event("agent_completed", status="completed", result="use a cheaper model", duration_ms=40)]


def ag_ui_run(number: int) -> list[Event]:
    """A run as a chat streams it: some reasoning, one tool, an answer of a hundred words."""
    boundary = {"threadId": "t", "runId": f"run-{number}"}
    thought, message, call = {"messageId": f"t{number}"}, {"messageId": f"m{number}"}, {"toolCallId": f"c{number}"}
    return [
        {"type": "RUN_STARTED", **boundary},
        {"type": "STEP_STARTED", "stepName": "answer"},
        {"type": "REASONING_MESSAGE_START", **thought, "role": "reasoning"},
        *({"type": "REASONING_MESSAGE_CONTENT", **thought, "delta": f"thought {word} "} for word in range(20)),
        {"type": "REASONING_MESSAGE_END", **thought},
        {"type": "TOOL_CALL_START", **call, "toolCallName": "query"},
        *({"type": "TOOL_CALL_ARGS", **call, "delta": delta} for delta in ('{"days"', ": ", "30}")),
        {"type": "TOOL_CALL_END", **call},
        {"type": "TOOL_CALL_RESULT", "messageId": f"r{number}", **call, "content": "[1, 2, 3]"},
        {"type": "TEXT_MESSAGE_START", **message, "role": "assistant"},
        *({"type": "TEXT_MESSAGE_CONTENT", **message, "delta": f"word {word} "} for word in range(100)),
        {"type": "TEXT_MESSAGE_END", **message},
        {"type": "STEP_FINISHED", "stepName": "answer"},
        {"type": "RUN_FINISHED", **boundary},
    ]


def per_event(events: list[Event], check: Callable[[list[Event]], None]) -> Callable[[], float]:
    """CPU seconds for one event."""

    def measure() -> float:
        start = process_time()
        check(events)
        return (process_time() - start) / len(events)

    return measure


def held_against(contract: EventContract) -> Callable[[list[Event]], None]:
    """Check all events and make sure that nothing was wrong with them."""

    def check(events: list[Event]) -> None:
        report = contract.check(events)
        if not report.ok:
            raise SystemExit(report.explain())

    return check


def validate(events: list[Event]) -> None:
    """The same with ag-ui-validate."""
    validator = create_validator()
    for event in events:
        validator.feed(event)
    validator.finalize()
    if validator.report().summary.errors:
        raise SystemExit("ag-ui-validate finds errors in the streams")


def measure() -> dict[str, object]:
    """Every figure of this claim."""
    golden = [event for number in range(1_000) for event in golden_run(f"run-{number}")]
    chat = [event for number in range(80) for event in ag_ui_run(number)]
    ours, (own, theirs) = (
        taking_turns(per_event(golden, held_against(GOLDEN_PATH))),
        taking_turns(per_event(chat, held_against(AG_UI)), per_event(chat, validate)),
    )
    return {
        "contract_events_per_s": round(1 / ours[0]),
        "contract_ag_ui_events_per_s": round(1 / own),
        "ag_ui_validate_events_per_s": round(1 / theirs),
        "contract_vs_ag_ui_validate": round(theirs / own, 2),
    }


if __name__ == "__main__":
    publish(__doc__ or "", measure)
