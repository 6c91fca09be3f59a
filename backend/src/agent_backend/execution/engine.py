"""Runs one agent for one user, from agent_started to exactly one of agent_completed and agent_error."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from agent_backend.agents import Agent, Assignment, Tool, ToolDispatcher
from agent_backend.context import Clock, Kind, UnifiedIDManager, UserExecutionContext
from agent_backend.events import FIRST_EPOCH, ConnectionEvents, RunEvents
from agent_backend.execution.narrator import Deliver, RunNarrator
from agent_backend.storage import RunLog

RUN_TIMEOUT: Final = timedelta(minutes=2)

logger = logging.getLogger(__name__)


class UserExecutionEngine:
    """Gives an agent its tools and its narrator, and turns whatever goes wrong into a failure the user may read."""

    def __init__(
        self,
        log: RunLog,
        tools: Sequence[Tool],
        clock: Clock,
        ids: UnifiedIDManager,
        timeout: timedelta = RUN_TIMEOUT,
    ) -> None:
        self._log = log
        self._tools = tools
        self._clock = clock
        self._ids = ids
        self._timeout = timeout

    async def execute(self, agent: Agent, task: str, context: UserExecutionContext, deliver: Deliver) -> None:
        """Run to the end; the texts of errors stay in the service's own log, for they may hold anything."""
        narrator = self._narrator(agent, context, deliver)
        try:
            async with asyncio.timeout(self._timeout.total_seconds()):
                await self._attempt(agent, task, context, narrator)
        except asyncio.CancelledError:
            await narrator.failed("interrupted", "The service stopped before the answer was ready.", retryable=True)
            raise
        except TimeoutError:
            await narrator.failed("timeout", "The answer took too long.", retryable=True)
        except Exception:
            logger.exception("%s failed", context.run_id)
            await narrator.failed("internal_error", "The answer could not be worked out.", retryable=True)

    async def _attempt(self, agent: Agent, task: str, context: UserExecutionContext, narrator: RunNarrator) -> None:
        began = self._clock.monotonic()
        await narrator.started(task)
        tools = ToolDispatcher(self._tools, context, narrator, self._ids, self._clock)
        answer = await agent.execute(Assignment(task), context, narrator, tools)
        duration_ms = round((self._clock.monotonic() - began) * 1000)
        await narrator.completed(self._ids.new(Kind.MESSAGE), answer, duration_ms)

    def _narrator(self, agent: Agent, context: UserExecutionContext, deliver: Deliver) -> RunNarrator:
        events = RunEvents(
            run_id=context.run_id,
            thread_id=context.thread_id,
            agent_name=agent.agent_type,
            epoch=FIRST_EPOCH,
            now=self._clock.now,
        )
        return RunNarrator(context, events, self._log, deliver, ConnectionEvents(self._clock.now))
