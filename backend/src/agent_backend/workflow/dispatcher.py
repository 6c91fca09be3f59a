"""Admits questions and runs them apart from the socket they came by: a run outlives its socket."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from agent_backend.context import (
    Clock,
    Kind,
    Principal,
    UnifiedIDManager,
    UserExecutionContext,
    is_id,
)
from agent_backend.events import TERMINAL, Event
from agent_backend.execution import Deliver
from agent_backend.storage import Admission, RunLog, ThreadNotFound
from agent_backend.workflow.active_runs import ActiveRuns
from agent_backend.workflow.orchestrator import WorkflowOrchestrator

GRACE: Final = timedelta(seconds=5)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ask:
    """A user's question; without a thread it opens a new one."""

    thread_id: str | None
    text: str
    client_message_id: str


class AskRefused(Exception):
    """A question is not taken; `code` tells the client why, and whether asking again makes sense."""

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.code = code
        self.retryable = retryable


class RunDispatcher:
    """Starts runs, one at a time per thread, and stops them all when the service stops."""

    def __init__(
        self,
        log: RunLog,
        orchestrator: WorkflowOrchestrator,
        deliver: Deliver,
        clock: Clock,
        ids: UnifiedIDManager,
    ) -> None:
        self._log = log
        self._orchestrator = orchestrator
        self._deliver = deliver
        self._clock = clock
        self._ids = ids
        self._active = ActiveRuns()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def submit(self, principal: Principal, connection_id: str, ask: Ask) -> list[Event]:
        """Start the run of a question, or return the events of the run that the same message started before."""
        if self._stopping:
            raise AskRefused("shutting_down", "The service is about to stop; ask again elsewhere.", retryable=True)
        context = self._context(principal, connection_id, ask)
        if not self._active.claim(context):
            raise _run_active()
        try:
            admitted = await self._admit(context, ask)
        except BaseException:
            self._active.release(context)
            raise
        if not admitted:
            self._active.release(context)
            return _replay(await self._log.find(principal, ask.client_message_id))
        self._start(context, ask.text)
        return []

    async def shutdown(self, grace: timedelta = GRACE) -> None:
        """Take no more questions and stop the runs; each tells its user that it was interrupted."""
        self._stopping = True
        for task in self._tasks:
            _cancel_soon(task)
        try:
            async with asyncio.timeout(grace.total_seconds()):
                await self._active.all_released()
        except TimeoutError:
            logger.warning("some runs did not record their end in %s", grace)

    def _start(self, context: UserExecutionContext, text: str) -> None:
        def deliver(principal: Principal, event: Event) -> None:
            """Free the thread before the user hears of the end: the next question may follow at once."""
            if event.type in TERMINAL:
                self._active.release(context)
            self._deliver(principal, event)

        def ended(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._active.release(context)
            if not task.cancelled() and (error := task.exception()) is not None:
                logger.error("%s ended with an error", context.run_id, exc_info=error)

        working: Any = self._orchestrator.run(text, context, deliver)  # type: ignore[arg-type]
        task: asyncio.Task[None] = asyncio.create_task(working, name=context.run_id)
        self._tasks.add(task)
        task.add_done_callback(ended)
        if self._stopping:
            _cancel_soon(task)

    async def _admit(self, context: UserExecutionContext, ask: Ask) -> bool:
        admission = Admission(
            context, self._ids.new(Kind.MESSAGE), ask.client_message_id, ask.text, opens_thread=ask.thread_id is None
        )
        try:
            return await self._log.begin(admission, self._clock.now())
        except ThreadNotFound:
            raise _thread_not_found() from None

    def _context(self, principal: Principal, connection_id: str, ask: Ask) -> UserExecutionContext:
        if ask.thread_id is not None and not is_id(ask.thread_id, Kind.THREAD):
            raise _thread_not_found()
        return UserExecutionContext(
            tenant_id=principal.tenant_id,
            user_id=principal.user_id,
            thread_id=ask.thread_id or self._ids.new(Kind.THREAD),
            run_id=self._ids.new(Kind.RUN),
            request_id=self._ids.new(Kind.REQUEST),
            connection_id=connection_id,
        )


def _cancel_soon(task: asyncio.Task[None]) -> None:
    """Cancel after the first step: a task that never began could not tell that it was interrupted."""
    asyncio.get_running_loop().call_soon(task.cancel)


def _replay(events: list[Event]) -> list[Event]:
    """Only a run that has ended is replayed: a running one still reaches every socket of its user by itself."""
    if not events or events[-1].type not in TERMINAL:
        raise _run_active()
    return events


def _run_active() -> AskRefused:
    return AskRefused("run_active", "The last question is still being worked on.", retryable=True)


def _thread_not_found() -> AskRefused:
    return AskRefused("thread_not_found", "There is no such thread.", retryable=False)
