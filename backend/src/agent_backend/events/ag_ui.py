"""The events of a run for clients that speak AG-UI 1.0: a translation, one run at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

from agent_backend.events.event import CANCELLED, Event, EventType

AgUiEvent = dict[str, Any]


class AgUiExporter:
    """Translates one run's events in their order; what belongs to no run has no counterpart.

    A run of ours says which agent speaks, not when its step ends: a step is open from the first word of its agent to
    the first word of another, or to the end of the run.
    """

    def __init__(self) -> None:
        self._step: str | None = None

    def export(self, event: Event) -> list[AgUiEvent]:
        """The AG-UI events that say the same, each with our event's time."""
        translate = _TRANSLATIONS.get(event.type)
        if translate is None:
            return []
        milliseconds = int(event.timestamp.timestamp() * 1000)
        return [each | {"timestamp": milliseconds} for each in translate(self, event, event.payload)]

    def _started(self, event: Event, _: Any) -> list[AgUiEvent]:
        return [{"type": "RUN_STARTED", **_run(event)}]

    def _thinking(self, event: Event, payload: Any) -> list[AgUiEvent]:
        message = {"messageId": f"{event.run_id}:{event.seq}"}
        said = [{"type": "REASONING_MESSAGE_CONTENT", **message, "delta": payload["reasoning"]}]
        return [
            *self._enter(event),
            {"type": "REASONING_START", **message},
            {"type": "REASONING_MESSAGE_START", **message, "role": "reasoning"},
            *(said if payload["reasoning"] else []),
            {"type": "REASONING_MESSAGE_END", **message},
            {"type": "REASONING_END", **message},
        ]

    def _executing(self, event: Event, payload: Any) -> list[AgUiEvent]:
        call = {"toolCallId": payload["tool_call_id"]}
        return [
            *self._enter(event),
            {"type": "TOOL_CALL_START", **call, "toolCallName": payload["tool_name"]},
            {"type": "TOOL_CALL_ARGS", **call, "delta": json.dumps(payload["parameters"], ensure_ascii=False)},
            {"type": "TOOL_CALL_END", **call},
        ]

    def _executed(self, event: Event, payload: Any) -> list[AgUiEvent]:
        return [
            {
                "type": "TOOL_CALL_RESULT",
                "messageId": f"{event.run_id}:{event.seq}",
                "toolCallId": payload["tool_call_id"],
                "content": json.dumps({"ok": payload["ok"], "result": payload["result"]}, ensure_ascii=False),
                "role": "tool",
            }
        ]

    def _completed(self, event: Event, payload: Any) -> list[AgUiEvent]:
        message = {"messageId": f"{event.run_id}:{event.seq}"}
        text = payload["result"].get("text")
        spoken = [
            {"type": "TEXT_MESSAGE_START", **message, "role": "assistant"},
            {"type": "TEXT_MESSAGE_CONTENT", **message, "delta": text},
            {"type": "TEXT_MESSAGE_END", **message},
        ]
        finished = {"type": "RUN_FINISHED", **_run(event), "result": payload["result"]}
        return [*self._leave(), *(spoken if text else []), finished]

    def _failed(self, event: Event, payload: Any) -> list[AgUiEvent]:
        if payload["code"] == CANCELLED and event.seq > 1:
            return [*self._leave(), {"type": "RUN_FINISHED", **_run(event), "outcome": {"type": "cancelled"}}]
        return [*self._leave(), {"type": "RUN_ERROR", "message": payload["message"], "code": payload["code"]}]

    def _enter(self, event: Event) -> list[AgUiEvent]:
        """Another agent speaks: its step begins."""
        if event.agent_name == self._step:
            return []
        left, self._step = self._leave(), event.agent_name
        return [*left, {"type": "STEP_STARTED", "stepName": event.agent_name}]

    def _leave(self) -> list[AgUiEvent]:
        step, self._step = self._step, None
        return [] if step is None else [{"type": "STEP_FINISHED", "stepName": step}]


def _run(event: Event) -> AgUiEvent:
    return {"threadId": event.thread_id, "runId": event.run_id}


_TRANSLATIONS: Final[dict[EventType, Callable[[AgUiExporter, Event, Any], list[AgUiEvent]]]] = {
    EventType.AGENT_STARTED: AgUiExporter._started,
    EventType.AGENT_THINKING: AgUiExporter._thinking,
    EventType.TOOL_EXECUTING: AgUiExporter._executing,
    EventType.TOOL_COMPLETED: AgUiExporter._executed,
    EventType.AGENT_COMPLETED: AgUiExporter._completed,
    EventType.AGENT_ERROR: AgUiExporter._failed,
}
