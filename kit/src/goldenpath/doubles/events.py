"""The events an agent's run streams, as the doubles build them: their names, their payloads, their envelope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

PAYLOADS: Final[dict[str, dict[str, Any]]] = {
    "agent_started": {"task": ""},
    "agent_thinking": {"reasoning": "", "step": 1, "progress": 0.0},
    "tool_executing": {"tool_name": "", "parameters": {}, "tool_call_id": None},
    "tool_completed": {"tool_name": "", "result": None, "tool_call_id": None, "duration_ms": 0.0, "ok": True},
    "agent_completed": {"result": None, "status": "completed", "duration_ms": 0.0},
    "agent_error": {"message": "", "code": "agent_failed", "retryable": False},
}
"""Every event's payload with its defaults, in the order in which `emit_*` and `notify_*` take them."""

FIVE: Final = tuple(PAYLOADS)[:5]
"""The events of a run that goes well, in order."""


def payload_of(event_type: str, values: tuple[Any, ...], named: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the arguments of an `emit_*` call over the event's defaults, which None leaves as they are."""
    defaults = PAYLOADS[event_type]
    given = {**dict(zip(defaults, values, strict=False)), **named}
    return {**defaults, **{name: value for name, value in given.items() if value is not None}}


def as_sent(value: Any) -> Any:
    """The value as it is now: what is written to a wire does not follow its sender's later changes."""
    if isinstance(value, Mapping):
        return {key: as_sent(each) for key, each in value.items()}
    return [as_sent(each) for each in value] if isinstance(value, list) else value


class Envelopes:
    """Wraps payloads for one user's thread, numbering each run's events and pairing its tool calls."""

    __slots__ = ("_numbers", "_open", "thread_id")

    def __init__(self, thread_id: str) -> None:
        self.thread_id = thread_id
        self._numbers: dict[str, int] = {}
        self._open: dict[tuple[str, str], list[str]] = {}

    def wrap(self, event_type: str, run_id: str, agent_name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Build the event that goes over the wire."""
        number = self._numbers[run_id] = self._numbers.get(run_id, 0) + 1
        return {
            "type": event_type,
            "run_id": run_id,
            "thread_id": self.thread_id,
            "seq": number,
            "agent_name": agent_name,
            "payload": self._paired(event_type, run_id, number, as_sent(payload)),
        }

    def _paired(self, event_type: str, run_id: str, number: int, payload: dict[str, Any]) -> dict[str, Any]:
        if event_type not in ("tool_executing", "tool_completed"):
            return payload
        calls = self._open.setdefault((run_id, payload["tool_name"]), [])
        if event_type == "tool_executing":
            payload["tool_call_id"] = payload["tool_call_id"] or f"call-{number}"
            calls.append(payload["tool_call_id"])
        else:
            payload["tool_call_id"] = payload["tool_call_id"] or (calls[0] if calls else None)
            if payload["tool_call_id"] in calls:
                calls.remove(payload["tool_call_id"])
        return payload


def is_well_formed(event: object) -> bool:
    """Whether an event has the form that the golden path gives its type."""
    from goldenpath.contracts import GOLDEN_PATH

    if not isinstance(event, dict) or event.get("type") not in PAYLOADS:
        return False
    return not any(GOLDEN_PATH.events[event["type"]].problems(event, ""))
