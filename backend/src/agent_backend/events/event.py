"""The envelope, the events of a run and the events of a connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

UNNUMBERED: Final = 0
FIRST_EPOCH: Final = 1

Now = Callable[[], datetime]


class EventType(StrEnum):
    """What can happen, as the client reads it."""

    CONNECTION_ESTABLISHED = "connection_established"
    ERROR = "error"
    AGENT_STARTED = "agent_started"
    AGENT_THINKING = "agent_thinking"
    TOOL_EXECUTING = "tool_executing"
    TOOL_COMPLETED = "tool_completed"
    AGENT_COMPLETED = "agent_completed"
    AGENT_ERROR = "agent_error"


TERMINAL: Final = frozenset({EventType.AGENT_COMPLETED, EventType.AGENT_ERROR})
"""A run ends with exactly one of these, and nothing follows it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event in its envelope.

    `seq` counts the events of a run from 1 and is given by the log, not by the producer: only what is committed has a
    number, so a client never sees a gap or a number twice. What belongs to no run stays at 0. `epoch` names the
    incarnation of the run's log; a client that comes back with another epoch cannot be resumed and is told so.
    """

    type: EventType
    run_id: str | None
    thread_id: str | None
    seq: int
    epoch: int
    timestamp: datetime
    agent_name: str | None
    payload: Mapping[str, Any]

    def numbered(self, seq: int) -> Event:
        """The same event with its place in the log."""
        return replace(self, seq=seq)

    def to_json(self) -> str:
        """The frame that is sent."""
        envelope = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(envelope | {"timestamp": self.timestamp.isoformat()}, ensure_ascii=False)


class RunEvents:
    """Produces the events of one agent's run."""

    def __init__(self, *, run_id: str, thread_id: str, agent_name: str, epoch: int, now: Now) -> None:
        self._run_id = run_id
        self._thread_id = thread_id
        self._agent_name = agent_name
        self._epoch = epoch
        self._now = now

    def agent_started(self, task: str) -> Event:
        return self._event(EventType.AGENT_STARTED, task=task)

    def agent_thinking(self, reasoning: str, step: int, progress: float) -> Event:
        return self._event(EventType.AGENT_THINKING, reasoning=reasoning, step=step, progress=progress)

    def tool_executing(self, tool_call_id: str, tool_name: str, parameters: Mapping[str, Any]) -> Event:
        return self._event(
            EventType.TOOL_EXECUTING, tool_call_id=tool_call_id, tool_name=tool_name, parameters=dict(parameters)
        )

    def tool_completed(self, tool_call_id: str, tool_name: str, result: Any, duration_ms: int, ok: bool) -> Event:
        return self._event(
            EventType.TOOL_COMPLETED,
            tool_call_id=tool_call_id,
            tool_name=tool_name,
            result=result,
            duration_ms=duration_ms,
            ok=ok,
        )

    def agent_completed(self, result: Mapping[str, Any], duration_ms: int) -> Event:
        return self._event(EventType.AGENT_COMPLETED, status="completed", result=dict(result), duration_ms=duration_ms)

    def agent_error(self, code: str, message: str, retryable: bool) -> Event:
        return self._event(EventType.AGENT_ERROR, code=code, message=message, retryable=retryable)

    def _event(self, event_type: EventType, **payload: Any) -> Event:
        return Event(
            event_type,
            self._run_id,
            self._thread_id,
            UNNUMBERED,
            self._epoch,
            self._now(),
            self._agent_name,
            payload,
        )


class ConnectionEvents:
    """Produces what is said about a socket or a message, outside of any run and its log."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def connection_established(self, connection_id: str, user_id: str) -> Event:
        return self._event(EventType.CONNECTION_ESTABLISHED, connection_id=connection_id, user_id=user_id)

    def error(
        self,
        code: str,
        message: str,
        *,
        retryable: bool,
        client_message_id: str | None = None,
        run_id: str | None = None,
    ) -> Event:
        return self._event(
            EventType.ERROR,
            code=code,
            message=message,
            retryable=retryable,
            client_message_id=client_message_id,
            run_id=run_id,
        )

    def _event(self, event_type: EventType, **payload: Any) -> Event:
        return Event(event_type, None, None, UNNUMBERED, 0, self._now(), None, payload)
