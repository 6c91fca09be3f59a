"""The log of runs, as those write it who admit, work on, cancel and end them.

Every method is one transaction (a function of migration 0010): the change of state and the event that tells of it are
both in the log, or neither is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from agent_backend.context import Permission, Principal, UserExecutionContext
from agent_backend.events import Event, EventType
from agent_backend.storage.database import DatabaseManager

TITLE_LENGTH: Final = 80

_ADMIT: Final = "SELECT admit_run(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_CLAIM: Final = "SELECT * FROM claim_run(%s, %s, %s, %s)"
_LOG_EVENT: Final = "SELECT * FROM log_event(%s, %s, %s, %s, %s, %s, %s::jsonb)"
_LOG_STEP: Final = "SELECT * FROM log_step(%s, %s, %s, %s, %s, %s, %s::jsonb, %s::jsonb, %s, %s)"
_END: Final = "SELECT * FROM end_run(%s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s::jsonb)"
_CANCEL: Final = "SELECT * FROM cancel_run(%s, %s, %s, %s, %s, %s, %s::jsonb)"
_STEPS: Final = "SELECT name, position, agent, inputs, result, failure FROM run_steps WHERE run_id = %s"
_OPEN_CALLS: Final = """
SELECT agent_name, payload ->> 'tool_name', payload ->> 'tool_call_id' FROM run_events e
WHERE run_id = %s AND type = 'tool_executing' AND NOT EXISTS (
    SELECT FROM run_events c WHERE c.run_id = e.run_id AND c.type = 'tool_completed'
        AND c.payload ->> 'tool_call_id' = e.payload ->> 'tool_call_id'
) ORDER BY seq
"""


class RunFenced(Exception):
    """The claim under which this was to be written is void: the run has ended, or another instance took it over."""


class Outcome(StrEnum):
    """What becomes of a question."""

    ADMITTED = "admitted"
    DUPLICATE = "duplicate"
    THREAD_NOT_FOUND = "thread_not_found"
    RUN_ACTIVE = "run_active"


class RunState(StrEnum):
    """How far a run has come; from `completed` on it has ended for good."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    DEAD = "dead"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self not in {RunState.QUEUED, RunState.RUNNING}


@dataclass(frozen=True, slots=True)
class Admission:
    """A question that is about to become a run; `may_wait` of its thread may wait behind the active one."""

    context: UserExecutionContext
    message_id: str
    client_message_id: str
    text: str
    opens_thread: bool
    may_wait: int


@dataclass(frozen=True, slots=True)
class StoredStep:
    """What a step came to: a result, or the code of its failure."""

    name: str
    position: int
    agent: str
    inputs: Mapping[str, Any]
    result: dict[str, Any] | None
    failure: str | None


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A tool call whose end was never told, because its process died."""

    agent_name: str
    tool_name: str
    tool_call_id: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to write to a run, until somebody claims it after us; and all that is known of it so far."""

    context: UserExecutionContext
    question: str
    fence: int
    epoch: int
    last_seq: int
    started_at: datetime
    cancel_requested: bool
    steps: Mapping[str, StoredStep] = field(default_factory=dict)
    open_calls: tuple[OpenCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A committed event, and whether the user wants the run to end."""

    event: Event
    cancel_requested: bool


class RunLog:
    """Begins, continues and ends runs."""

    def __init__(self, database: DatabaseManager) -> None:
        self._database = database

    async def admit(self, admission: Admission, now: datetime) -> Outcome:
        """Store the question and its run, a new thread where it opens one, and put the run into the queue."""
        context = admission.context
        rows = await self._database.call(
            _ADMIT,
            [
                context.tenant_id,
                context.user_id,
                context.thread_id,
                admission.text[:TITLE_LENGTH] if admission.opens_thread else None,
                context.run_id,
                context.request_id,
                context.connection_id,
                admission.client_message_id,
                admission.message_id,
                admission.text,
                sorted(context.permissions),
                admission.may_wait,
                now,
            ],
        )
        return Outcome(rows[0][0])

    async def claim(self, tenant_id: str, run_id: str, owner: str, now: datetime) -> Claim | None:
        """Take a run and shut out whoever had it; None when it has ended."""
        rows = await self._database.call(_CLAIM, [tenant_id, run_id, owner, now])
        if not rows:
            return None
        user, thread, request, connection, permissions, question, fence, epoch, last_seq, started, cancel = rows[0]
        context = UserExecutionContext(
            tenant_id=tenant_id,
            user_id=user,
            thread_id=thread,
            run_id=run_id,
            request_id=request,
            connection_id=connection,
            permissions=frozenset(Permission(each) for each in permissions),
        )
        steps, calls = await self._history(context) if fence > 1 else ({}, ())
        return Claim(context, question, fence, epoch, last_seq, started, cancel, steps, calls)

    async def append(self, claim: Claim, event: Event) -> Recorded:
        """Commit one event and return it with its number."""
        rows = await self._database.call(_LOG_EVENT, [*_held(claim), *_written(event)])
        if not rows:
            raise RunFenced(f"{event.type} of {claim.context.run_id} came under claim {claim.fence}, which is void")
        return Recorded(event.numbered(rows[0][0]), rows[0][1])

    async def complete_step(self, claim: Claim, step: StoredStep, now: datetime) -> bool:
        """Commit what a step came to; True when the user wants the run to end."""
        stored = [step.name, step.position, step.agent, _json(step.inputs), _json(step.result), step.failure, now]
        rows = await self._database.call(_LOG_STEP, [*_held(claim), *stored])
        if not rows:
            raise RunFenced(f"the step {step.name} of {claim.context.run_id} ended under a claim that is void")
        return bool(rows[0][0])

    async def end(
        self,
        claim: Claim,
        state: RunState,
        event: Event,
        message_id: str | None = None,
        answer: Mapping[str, Any] | None = None,
    ) -> Event:
        """Commit the end of the run, the event that tells of it, and the answer where there is one."""
        message = [message_id, None if answer is None else str(answer["text"]), _json(answer)]
        rows = await self._database.call(_END, [*_held(claim), state, *_written(event), *message])
        if not rows:
            raise RunFenced(f"the end of {claim.context.run_id} came under claim {claim.fence}, which is void")
        return event.numbered(rows[0][0])

    async def cancel(self, owner: Principal, run_id: str, event: Event) -> tuple[str, Event] | None:
        """Ask a run to end; one that still waits ends here and now, with this event. None when there is none to end.

        Returns `requested` or `ended`, and the event with its number and its thread where it was written.
        """
        rows = await self._database.call(_CANCEL, [owner.tenant_id, owner.user_id, run_id, *_written(event)])
        if not rows:
            return None
        outcome, seq, thread_id, epoch = rows[0]
        written = Event(event.type, run_id, thread_id, seq, epoch, event.timestamp, event.agent_name, event.body)
        return str(outcome), written

    async def _history(self, context: UserExecutionContext) -> tuple[dict[str, StoredStep], tuple[OpenCall, ...]]:
        async with self._database.tenant(context.tenant_id) as connection:
            steps = await (await connection.execute(_STEPS, [context.run_id])).fetchall()
            calls = await (await connection.execute(_OPEN_CALLS, [context.run_id])).fetchall()
        return {row[0]: StoredStep(*row) for row in steps}, tuple(OpenCall(*row) for row in calls)


def _held(claim: Claim) -> list[object]:
    return [claim.context.tenant_id, claim.context.run_id, claim.fence]


def _written(event: Event) -> list[object]:
    return [EventType(event.type).value, event.timestamp, event.agent_name, event.body]


def _json(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, allow_nan=False)
