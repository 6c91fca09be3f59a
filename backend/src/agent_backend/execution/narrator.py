"""Tells the story of a run under one claim: each event is committed first and sent second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from agent_backend.agents import Answer
from agent_backend.context import Principal
from agent_backend.events import Event, RunEvents
from agent_backend.execution.faults import FaultPoint, Faults
from agent_backend.execution.states import Phase
from agent_backend.storage import Claim, Recorded, RunLog, RunState

Deliver = Callable[[Principal, Event], object]
"""Hands an event to the sockets of its user. It must not wait: a slow reader may not slow down a run."""

logger = logging.getLogger(__name__)


class RunNarrator:
    """Produces, commits and delivers the events of one run, one after the other even where steps run side by side."""

    def __init__(
        self,
        claim: Claim,
        events: RunEvents,
        log: RunLog,
        deliver: Deliver,
        faults: Faults,
        *,
        entered: Callable[[Phase], object],
        cancelled: Callable[[], object],
    ) -> None:
        self._claim = claim
        self._events = events
        self._log = log
        self._deliver = deliver
        self._faults = faults
        self._entered = entered
        self._cancelled = cancelled
        self._turn = asyncio.Lock()

    async def started(self, agent_name: str, task: str) -> None:
        """Once per run: where it was told before, the story goes on without it."""
        self._entered(Phase.STARTING)
        if self._claim.last_seq == 0:
            await self._record(self._events.agent_started(agent_name, task))

    async def close_open_calls(self) -> None:
        """Tell the end of the tool calls that died with the process that made them."""
        for call in self._claim.open_calls:
            await self._record(
                self._events.tool_completed(call.agent_name, call.tool_name, None, call.tool_call_id, 0, False)
            )

    async def thinking(self, agent_name: str, reasoning: str, step: int, progress: float) -> None:
        self._entered(Phase.THINKING)
        await self._record(self._events.agent_thinking(agent_name, reasoning, step, progress))

    async def tool_executing(
        self, agent_name: str, tool_name: str, parameters: Mapping[str, Any], tool_call_id: str
    ) -> None:
        self._entered(Phase.TOOL_EXECUTION)
        await self._record(self._events.tool_executing(agent_name, tool_name, parameters, tool_call_id))

    async def tool_completed(
        self, agent_name: str, tool_name: str, result: Any, tool_call_id: str, duration_ms: int, ok: bool
    ) -> None:
        await self._record(self._events.tool_completed(agent_name, tool_name, result, tool_call_id, duration_ms, ok))

    async def completed(self, agent_name: str, message_id: str, answer: Answer, duration_ms: int) -> None:
        """The answer is in the database before anyone hears of it."""
        event = self._events.agent_completed(agent_name, answer, duration_ms)
        await self._tell(self._end(RunState.COMPLETED, event, message_id, answer))

    async def failed(self, state: RunState, agent_name: str, message: str, code: str, *, retryable: bool) -> None:
        """Commit and tell how else the run ended."""
        await self._tell(self._end(state, self._events.agent_error(agent_name, message, code, retryable)))

    async def _record(self, event: Event) -> None:
        await self._tell(self._log.append(self._claim, event))

    async def _end(
        self, state: RunState, event: Event, message_id: str | None = None, answer: Answer | None = None
    ) -> Recorded:
        return Recorded(await self._log.end(self._claim, state, event, message_id, answer), cancel_requested=False)

    async def _tell(self, commit: Coroutine[Any, Any, Recorded]) -> None:
        """Commit and send without a break: cancelled in between, the client would miss what the log has."""
        telling = asyncio.create_task(self._commit_and_send(commit))
        try:
            await asyncio.shield(telling)
        except asyncio.CancelledError:
            await asyncio.wait([telling])
            raise

    async def _commit_and_send(self, commit: Coroutine[Any, Any, Recorded]) -> None:
        async with self._turn:
            recorded = await commit
            await self._faults.reached(FaultPoint.EVENT_COMMITTED, recorded.event.type)
            self._send(recorded.event)
            await self._faults.reached(FaultPoint.EVENT_TOLD, recorded.event.type)
        if recorded.cancel_requested:
            self._cancelled()

    def _send(self, event: Event) -> None:
        """A run never fails because nobody could be told: what is committed can be read later."""
        try:
            self._deliver(self._claim.context.principal, event)
        except Exception:
            logger.exception("an event of %s was not delivered", self._claim.context.run_id)
