"""The envelope, the events of a run and the events of a connection."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

UNNUMBERED: Final = 0
FIRST_EPOCH: Final = 1
CANCELLED: Final = "cancelled"
"""The code of the agent_error that tells of a run which its user ended."""

Now = Callable[[], datetime]


class EventType(StrEnum):
    """What can happen, as the client reads it."""

    CONNECTION_ESTABLISHED = "connection_established"
    HEARTBEAT = "heartbeat"
    RESUME = "resume"
    RESET = "reset"
    ERROR = "error"
    AGENT_STARTED = "agent_started"
    AGENT_THINKING = "agent_thinking"
    TOOL_EXECUTING = "tool_executing"
    TOOL_COMPLETED = "tool_completed"
    AGENT_COMPLETED = "agent_completed"
    AGENT_ERROR = "agent_error"


TERMINAL: Final = frozenset({EventType.AGENT_COMPLETED, EventType.AGENT_ERROR})
"""A run ends with exactly one of these, and nothing follows it."""


@dataclass(frozen=True)
class Event:
    """One event in its envelope.

    `seq` counts the events of a run from 1 and is given by the log, not by the producer: only what is committed has a
    number, so a client never sees a gap or a number twice. What belongs to no run stays at 0. `epoch` names the
    incarnation of the run's log; a client that comes back with another epoch cannot be resumed and is told so.

    `body` is the payload as JSON, made once: the log stores it and every socket is sent it as it is.
    """

    type: EventType
    run_id: str | None
    thread_id: str | None
    seq: int
    epoch: int
    timestamp: datetime
    agent_name: str | None
    body: str

    def numbered(self, seq: int) -> Event:
        """The same event with its place in the log."""
        return replace(self, seq=seq)

    @cached_property
    def payload(self) -> Mapping[str, Any]:
        """The payload, read back from its JSON."""
        payload: dict[str, Any] = json.loads(self.body)
        return payload

    @cached_property
    def frame(self) -> str:
        """What is sent: the envelope as JSON, written once for all who receive it."""
        envelope = {
            "type": self.type,
            "run_id": self.run_id,
            "thread_id": self.thread_id,
            "seq": self.seq,
            "epoch": self.epoch,
            "timestamp": self.timestamp.astimezone(UTC).isoformat(),
            "agent_name": self.agent_name,
        }
        return f'{_json(envelope)[:-1]}, "payload": {self.body}}}'


class RunEvents:
    """Produces the events of one run."""

    def __init__(self, *, run_id: str, thread_id: str, epoch: int, now: Now) -> None:
        self._run_id = run_id
        self._thread_id = thread_id
        self._epoch = epoch
        self._now = now

    def agent_started(self, agent_name: str, task: str) -> Event:
        return self._event(EventType.AGENT_STARTED, agent_name, task=task)

    def agent_thinking(self, agent_name: str, reasoning: str, step: int, progress: float) -> Event:
        return self._event(EventType.AGENT_THINKING, agent_name, reasoning=reasoning, step=step, progress=progress)

    def tool_executing(
        self, agent_name: str, tool_name: str, parameters: Mapping[str, Any], tool_call_id: str
    ) -> Event:
        return self._event(
            EventType.TOOL_EXECUTING,
            agent_name,
            tool_call_id=tool_call_id,
            tool_name=tool_name,
            parameters=dict(parameters),
        )

    def tool_completed(
        self, agent_name: str, tool_name: str, result: Any, tool_call_id: str, duration_ms: int, ok: bool
    ) -> Event:
        return self._event(
            EventType.TOOL_COMPLETED,
            agent_name,
            tool_call_id=tool_call_id,
            tool_name=tool_name,
            result=result,
            duration_ms=duration_ms,
            ok=ok,
        )

    def agent_completed(self, agent_name: str, result: Mapping[str, Any], duration_ms: int) -> Event:
        return self._event(
            EventType.AGENT_COMPLETED, agent_name, status="completed", result=dict(result), duration_ms=duration_ms
        )

    def agent_error(self, agent_name: str, message: str, code: str, retryable: bool) -> Event:
        return self._event(EventType.AGENT_ERROR, agent_name, code=code, message=message, retryable=retryable)

    def _event(self, event_type: EventType, agent_name: str, **payload: Any) -> Event:
        return Event(
            event_type,
            self._run_id,
            self._thread_id,
            UNNUMBERED,
            self._epoch,
            self._now(),
            agent_name,
            _json(payload),
        )


class ConnectionEvents:
    """Produces what is said about a socket or a message, outside of any run and its log."""

    def __init__(self, now: Now) -> None:
        self._now = now

    def connection_established(self, connection_id: str, user_id: str) -> Event:
        return self._event(EventType.CONNECTION_ESTABLISHED, connection_id=connection_id, user_id=user_id)

    def heartbeat(self) -> Event:
        """The line is open although nothing happens."""
        return self._event(EventType.HEARTBEAT)

    def resume(self, run_id: str, thread_id: str, epoch: int, after: int, last_seq: int, state: str) -> Event:
        """Precedes exactly the events from `after` + 1 to `last_seq`; what comes later follows without a gap."""
        return self._event(
            EventType.RESUME,
            run_id=run_id,
            thread_id=thread_id,
            epoch=epoch,
            after=after,
            last_seq=last_seq,
            state=state,
        )

    def reset(self, run_id: str, reason: str, snapshot: Mapping[str, Any] | None) -> Event:
        """What the client has of this run is worthless: it starts over from the snapshot, or forgets the run."""
        return self._event(EventType.RESET, run_id=run_id, reason=reason, snapshot=snapshot)

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
        return Event(event_type, None, None, UNNUMBERED, 0, self._now(), None, _json(payload))


def _json(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """Plain JSON: a NaN would be a frame that no browser can read."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
