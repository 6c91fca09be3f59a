"""The bridge between one run of an agent and the sockets of its user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent_backend.context import UserExecutionContext
from agent_backend.realtime.emitter import UnifiedWebSocketEmitter
from agent_backend.realtime.manager import Delivery


class ForeignRun(PermissionError):
    """A bridge was to carry what belongs to another run or another user."""


class AgentWebSocketBridge:
    """Thin: every `notify_*` takes exactly what the `emit_*` of its event takes, for the one run of its context."""

    def __init__(self, context: UserExecutionContext, emitter: UnifiedWebSocketEmitter) -> None:
        if (context.principal, context.thread_id) != (emitter.principal, emitter.thread_id):
            raise ForeignRun(f"the emitter of {emitter.principal.user_id} does not speak for {context.run_id}")
        self.context = context
        self._emitter = emitter

    async def notify_agent_started(self, run_id: str, agent_name: str, task: str = "") -> Delivery:
        return await self._for(run_id).emit_agent_started(run_id, agent_name, task)

    async def notify_agent_thinking(
        self, run_id: str, agent_name: str, reasoning: str = "", step: int = 1, progress: float = 0.0
    ) -> Delivery:
        return await self._for(run_id).emit_agent_thinking(run_id, agent_name, reasoning, step, progress)

    async def notify_tool_executing(
        self, run_id: str, agent_name: str, tool_name: str, parameters: Mapping[str, Any], tool_call_id: str
    ) -> Delivery:
        return await self._for(run_id).emit_tool_executing(run_id, agent_name, tool_name, parameters, tool_call_id)

    async def notify_tool_completed(
        self,
        run_id: str,
        agent_name: str,
        tool_name: str,
        result: Any,
        tool_call_id: str,
        duration_ms: int = 0,
        ok: bool = True,
    ) -> Delivery:
        return await self._for(run_id).emit_tool_completed(
            run_id, agent_name, tool_name, result, tool_call_id, duration_ms, ok
        )

    async def notify_agent_completed(
        self, run_id: str, agent_name: str, result: Mapping[str, Any], duration_ms: int = 0
    ) -> Delivery:
        return await self._for(run_id).emit_agent_completed(run_id, agent_name, result, duration_ms)

    async def notify_agent_error(
        self, run_id: str, agent_name: str, message: str, code: str = "agent_failed", retryable: bool = False
    ) -> Delivery:
        return await self._for(run_id).emit_agent_error(run_id, agent_name, message, code, retryable)

    def _for(self, run_id: str) -> UnifiedWebSocketEmitter:
        if run_id != self.context.run_id:
            raise ForeignRun(f"the bridge of {self.context.run_id} carries nothing for {run_id}")
        return self._emitter
