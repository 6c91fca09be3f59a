"""The golden path said in AG-UI."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any, Final

Event = dict[str, Any]


def to_ag_ui(events: Iterable[Mapping[str, Any]]) -> Iterator[Event]:
    """The AG-UI events for the golden-path events of one run; those that belong to no run have none."""
    numbers = count(1)
    run: str | None = None

    def new_id() -> str:
        return f"{run}-{next(numbers)}"

    for event in events:
        translate = TRANSLATIONS.get(event["type"])
        if translate is None:
            continue
        run = event["run_id"] if run is None else run
        if event["run_id"] != run:
            raise ValueError(f"AG-UI streams carry one run at a time: {event['run_id']!r} comes amid {run!r}")
        timestamp = event.get("timestamp")
        stamp = {"timestamp": round(timestamp * 1000)} if isinstance(timestamp, (int, float)) else {}
        for translated in translate(event, event["payload"], new_id):
            yield {**translated, **stamp}


def started(event: Mapping[str, Any], payload: Event, new_id: Callable[[], str]) -> list[Event]:
    return [{"type": "RUN_STARTED", "threadId": event.get("thread_id", event["run_id"]), "runId": event["run_id"]}]


def thinking(event: Mapping[str, Any], payload: Event, new_id: Callable[[], str]) -> list[Event]:
    span, message = new_id(), new_id()
    return [
        {"type": "REASONING_START", "messageId": span},
        {"type": "REASONING_MESSAGE_START", "messageId": message, "role": "reasoning"},
        {"type": "REASONING_MESSAGE_CONTENT", "messageId": message, "delta": payload["reasoning"]},
        {"type": "REASONING_MESSAGE_END", "messageId": message},
        {"type": "REASONING_END", "messageId": span},
    ]


def executing(event: Mapping[str, Any], payload: Event, new_id: Callable[[], str]) -> list[Event]:
    call = payload["tool_call_id"]
    return [
        {"type": "TOOL_CALL_START", "toolCallId": call, "toolCallName": payload["tool_name"]},
        {"type": "TOOL_CALL_ARGS", "toolCallId": call, "delta": json.dumps(payload["parameters"])},
        {"type": "TOOL_CALL_END", "toolCallId": call},
    ]


def executed(event: Mapping[str, Any], payload: Event, new_id: Callable[[], str]) -> list[Event]:
    result = payload["result"]
    content = result if isinstance(result, str) else json.dumps(result)
    call = payload["tool_call_id"]
    return [{"type": "TOOL_CALL_RESULT", "messageId": new_id(), "toolCallId": call, "content": content}]


def completed(event: Mapping[str, Any], payload: Event, new_id: Callable[[], str]) -> list[Event]:
    thread = event.get("thread_id", event["run_id"])
    return [{"type": "RUN_FINISHED", "threadId": thread, "runId": event["run_id"], "result": payload["result"]}]


def failed(event: Mapping[str, Any], payload: Event, new_id: Callable[[], str]) -> list[Event]:
    return [{"type": "RUN_ERROR", "message": payload["message"], "code": payload["code"]}]


TRANSLATIONS: Final[Mapping[str, Callable[[Mapping[str, Any], Event, Callable[[], str]], list[Event]]]] = {
    "agent_started": started,
    "agent_thinking": thinking,
    "tool_executing": executing,
    "tool_completed": executed,
    "agent_completed": completed,
    "agent_error": failed,
}
