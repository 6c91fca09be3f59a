"""Admits questions: stored and queued in one transaction, for whichever instance is free to work on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from agent_backend.context import Clock, Kind, Principal, UnifiedIDManager, UserExecutionContext, is_id
from agent_backend.events import CANCELLED, FIRST_EPOCH, Event, RunEvents
from agent_backend.execution import Deliver, ExecutionEngines, FaultPoint, Faults, NoFaults
from agent_backend.storage import CANCELLATIONS, Admission, Announcements, Outcome, RunHistory, RunLog

REJECT: Final = 0
"""The policy for a second question to a thread that is being worked on: it is refused, and may be asked again later.

Any greater number lets so many questions wait behind the first; they are answered in their order.
"""


@dataclass(frozen=True, slots=True)
class Ask:
    """A user's question; without a thread it opens a new one."""

    thread_id: str | None
    text: str
    client_message_id: str


@dataclass(frozen=True, slots=True)
class Taken:
    """The run of a question; `again` when the same message had started it before."""

    run_id: str
    epoch: int
    again: bool


class AskRefused(Exception):
    """A question is not taken; `code` tells the client why, and whether asking again makes sense."""

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable


class RunDispatcher:
    """Takes questions and cancellations; working on runs is the business of a `RunWorker`, here or elsewhere."""

    def __init__(
        self,
        log: RunLog,
        history: RunHistory,
        engines: ExecutionEngines,
        announcements: Announcements,
        deliver: Deliver,
        clock: Clock,
        ids: UnifiedIDManager,
        *,
        workflow_name: str,
        may_wait: int = REJECT,
        faults: Faults | None = None,
    ) -> None:
        self._log = log
        self._history = history
        self._engines = engines
        self._announcements = announcements
        self._deliver = deliver
        self._clock = clock
        self._ids = ids
        self._workflow_name = workflow_name
        self._may_wait = may_wait
        self._faults = faults or NoFaults()
        self.stopping = False
        announcements.on_heard(self._heard)

    async def submit(self, principal: Principal, connection_id: str | None, ask: Ask) -> Taken:
        """Store the question and put its run into the queue, or find the run that the same message started."""
        if self.stopping:
            raise AskRefused("shutting_down", "The service is about to stop; ask again elsewhere.", retryable=True)
        context = self._context(principal, connection_id, ask)
        admission = Admission(
            context,
            self._ids.new(Kind.MESSAGE),
            ask.client_message_id,
            ask.text,
            opens_thread=ask.thread_id is None,
            may_wait=self._may_wait,
        )
        match await self._log.admit(admission, self._clock.now()):
            case Outcome.THREAD_NOT_FOUND:
                raise _thread_not_found()
            case Outcome.RUN_ACTIVE:
                raise AskRefused("run_active", "The last question is still being worked on.", retryable=True)
            case Outcome.DUPLICATE:
                run = await self._history.of_message(principal, ask.client_message_id)
                if run is None:
                    raise AskRefused("run_active", "The same question is being taken.", retryable=True)
                return Taken(run.run_id, run.epoch, again=True)
            case Outcome.ADMITTED:
                await self._faults.reached(FaultPoint.ADMITTED)
                return Taken(context.run_id, FIRST_EPOCH, again=False)

    async def cancel(self, principal: Principal, run_id: str) -> None:
        """End a run: at once where it waits, and as soon as whoever works on it hears of it."""
        found = await self._log.cancel(principal, run_id, self._cancelled(run_id)) if is_id(run_id, Kind.RUN) else None
        if found is None:
            raise AskRefused("run_not_active", "There is no such run to cancel.", retryable=False)
        outcome, event = found
        if outcome == "ended":
            self._deliver(principal, event)
        elif not self._engines.cancel(principal, run_id):
            owner = {"tenant": principal.tenant_id, "user": principal.user_id}
            self._announcements.tell(CANCELLATIONS, run_id, {"run": run_id, **owner})

    def _heard(self, channel: str, message: Mapping[str, Any]) -> None:
        """Another instance was asked to end a run that is worked on here, perhaps."""
        if channel == CANCELLATIONS:
            self._engines.cancel(Principal(message["tenant"], message["user"]), message["run"])

    def _cancelled(self, run_id: str) -> Event:
        """What is written where the run still waits; the log adds its thread."""
        events = RunEvents(run_id=run_id, thread_id="", epoch=FIRST_EPOCH, now=self._clock.now)
        return events.agent_error(self._workflow_name, "The run was cancelled.", CANCELLED, False)

    def _context(self, principal: Principal, connection_id: str | None, ask: Ask) -> UserExecutionContext:
        if ask.thread_id is not None and not is_id(ask.thread_id, Kind.THREAD):
            raise _thread_not_found()
        return UserExecutionContext(
            tenant_id=principal.tenant_id,
            user_id=principal.user_id,
            thread_id=ask.thread_id or self._ids.new(Kind.THREAD),
            run_id=self._ids.new(Kind.RUN),
            request_id=self._ids.new(Kind.REQUEST),
            connection_id=connection_id,
            permissions=principal.permissions,
        )


def _thread_not_found() -> AskRefused:
    return AskRefused("thread_not_found", "There is no such thread.", retryable=False)
