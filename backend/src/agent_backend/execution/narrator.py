"""Tells the story of a run: each event is committed first and sent second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from agent_backend.agents import Answer
from agent_backend.context import Principal, UserExecutionContext
from agent_backend.events import ConnectionEvents, Event, RunEvents
from agent_backend.storage import RunClosed, RunLog

Deliver = Callable[[Principal, Event], object]
"""Hands an event to the sockets of its user. It must not wait: a slow reader may not slow down a run."""

logger = logging.getLogger(__name__)


class RunNarrator:
    """Produces, commits and delivers the events of one run."""

    def __init__(
        self,
        context: UserExecutionContext,
        events: RunEvents,
        log: RunLog,
        deliver: Deliver,
        asides: ConnectionEvents,
    ) -> None:
        self._context = context
        self._events = events
        self._log = log
        self._deliver = deliver
        self._asides = asides

    async def started(self, task: str) -> None:
        await self._record(self._events.agent_started(task))

    async def thinking(self, reasoning: str, *, progress: float = 0.0) -> None:
        await self._record(self._events.agent_thinking(reasoning, 1, progress))

    async def tool_executing(self, tool_call_id: str, tool_name: str, parameters: Mapping[str, Any]) -> None:
        await self._record(self._events.tool_executing(tool_call_id, tool_name, parameters))

    async def tool_completed(
        self, tool_call_id: str, tool_name: str, result: Any, *, duration_ms: int, ok: bool
    ) -> None:
        await self._record(self._events.tool_completed(tool_call_id, tool_name, result, duration_ms, ok))

    async def completed(self, message_id: str, answer: Answer, duration_ms: int) -> None:
        """The answer is in the database before anyone hears of it."""
        event = self._events.agent_completed(answer, duration_ms)
        await self._tell(self._log.complete(self._context, event, message_id, answer))

    async def failed(self, code: str, message: str, *, retryable: bool) -> None:
        """Commit and tell the failure; where not even that can be committed, say so outside of the run's log."""
        try:
            event = self._events.agent_error(code, message, retryable)
            await self._tell(self._log.fail(self._context, event))
        except RunClosed:
            logger.info("%s had ended before it could fail with %s", self._context.run_id, code)
        except Exception:
            logger.exception("the failure of %s could not be recorded", self._context.run_id)
            self._send(
                self._asides.error(
                    "run_interrupted",
                    "The run has stopped and its end could not be recorded.",
                    retryable=True,
                    run_id=self._context.run_id,
                )
            )

    async def _record(self, event: Event) -> None:
        await self._tell(self._log.append(self._context, event))

    async def _tell(self, commit: Coroutine[Any, Any, Event]) -> None:
        """Commit and send without a break: cancelled in between, the client would miss what the log has."""
        telling = asyncio.create_task(self._commit_and_send(commit))
        try:
            await asyncio.shield(telling)
        except asyncio.CancelledError:
            await asyncio.wait([telling])
            raise

    async def _commit_and_send(self, commit: Coroutine[Any, Any, Event]) -> None:
        self._send(await commit)

    def _send(self, event: Event) -> None:
        """A run never fails because nobody could be told: what is committed can be read later."""
        try:
            self._deliver(self._context.principal, event)
        except Exception:
            logger.exception("an event of %s was not delivered", self._context.run_id)
