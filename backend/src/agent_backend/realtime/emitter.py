"""One user's emitter: an event is recorded first and sent second, and only ever to this user."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from agent_backend.context import Principal
from agent_backend.events import FIRST_EPOCH, Event, RunEvents
from agent_backend.events.event import Now
from agent_backend.realtime.manager import Delivery, UnifiedWebSocketManager

PATIENCE: Final = timedelta(seconds=1)
"""How long to wait until a socket has taken an event, before it is reported as queued."""

Record = Callable[[Event], Awaitable[Event]]
"""Writes an event down and returns it with its number; nothing is sent that was not recorded."""


class UnifiedWebSocketEmitter:
    """Thin: the producer makes the event, `record` numbers it, the manager delivers it.

    For an agent that no workflow runs. The runs of a workflow are told by `RunNarrator` below, which keeps an order
    among agents that work side by side and never waits for a socket; here the caller waits, and learns who has it.

    All `emit_*` take the run, the agent, and then what the payload holds, in one order.
    """

    def __init__(
        self,
        principal: Principal,
        thread_id: str,
        manager: UnifiedWebSocketManager,
        record: Record,
        now: Now,
        epoch: int = FIRST_EPOCH,
    ) -> None:
        self.principal = principal
        self.thread_id = thread_id
        self._manager = manager
        self._record = record
        self._now = now
        self._epoch = epoch

    async def emit_event(self, event: Event) -> Delivery:
        """Record and deliver any event of a run, and say what is true of it then."""
        return await self._manager.send(self.principal, await self._record(event), PATIENCE)

    async def emit_agent_started(self, run_id: str, agent_name: str, task: str = "") -> Delivery:
        return await self.emit_event(self._events(run_id).agent_started(agent_name, task))

    async def emit_agent_thinking(
        self, run_id: str, agent_name: str, reasoning: str = "", step: int = 1, progress: float = 0.0
    ) -> Delivery:
        return await self.emit_event(self._events(run_id).agent_thinking(agent_name, reasoning, step, progress))

    async def emit_tool_executing(
        self, run_id: str, agent_name: str, tool_name: str, parameters: Mapping[str, Any], tool_call_id: str
    ) -> Delivery:
        return await self.emit_event(
            self._events(run_id).tool_executing(agent_name, tool_name, parameters, tool_call_id)
        )

    async def emit_tool_completed(
        self,
        run_id: str,
        agent_name: str,
        tool_name: str,
        result: Any,
        tool_call_id: str,
        duration_ms: int = 0,
        ok: bool = True,
    ) -> Delivery:
        return await self.emit_event(
            self._events(run_id).tool_completed(agent_name, tool_name, result, tool_call_id, duration_ms, ok)
        )

    async def emit_agent_completed(
        self, run_id: str, agent_name: str, result: Mapping[str, Any], duration_ms: int = 0
    ) -> Delivery:
        return await self.emit_event(self._events(run_id).agent_completed(agent_name, result, duration_ms))

    async def emit_agent_error(
        self, run_id: str, agent_name: str, message: str, code: str = "agent_failed", retryable: bool = False
    ) -> Delivery:
        return await self.emit_event(self._events(run_id).agent_error(agent_name, message, code, retryable))

    def _events(self, run_id: str) -> RunEvents:
        return RunEvents(run_id=run_id, thread_id=self.thread_id, epoch=self._epoch, now=self._now)
