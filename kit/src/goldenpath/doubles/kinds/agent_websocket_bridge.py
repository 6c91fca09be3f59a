"""The bridge between one run of an agent and its user's socket."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from goldenpath.doubles.events import PAYLOADS
from goldenpath.doubles.failures import SimulatedFailure
from goldenpath.doubles.kinds import websocket_emitter as emitter
from goldenpath.doubles.kinds.kind import Kind
from goldenpath.doubles.kinds.user_context import UserContext


class AgentWebSocketBridge(emitter.WebSocketEmitter):
    """Notifies a run's user; every `notify_*` takes exactly what the `emit_*` of its event takes."""

    run_id: str
    status: str

    notify_agent_started = emitter.WebSocketEmitter.emit_agent_started
    notify_agent_thinking = emitter.WebSocketEmitter.emit_agent_thinking
    notify_tool_executing = emitter.WebSocketEmitter.emit_tool_executing
    notify_tool_completed = emitter.WebSocketEmitter.emit_tool_completed
    notify_agent_completed = emitter.WebSocketEmitter.emit_agent_completed
    notify_agent_error = emitter.WebSocketEmitter.emit_agent_error

    def get_user_context(self) -> Any: ...


class Behaviour(emitter.Behaviour):
    """An emitter bound to one run; with `should_fail` every notification raises."""

    def __init__(self, user_id: str, run_id: str = "test-run", should_fail: bool = False) -> None:
        super().__init__(user_id)
        self.run_id = run_id
        self.should_fail = should_fail
        self._status = ""

    @property
    def status(self) -> str:
        if self._status or self.should_fail:
            return self._status or "failing"
        return "connected" if self.is_connected() else "disconnected"

    @status.setter
    def status(self, status: str) -> None:
        self._status = status

    def get_user_context(self) -> UserContext:
        return UserContext(user_id=self.user_id, thread_id=self.thread_id, run_id=self.run_id)


def _notification(event_type: str) -> Callable[..., Awaitable[bool]]:
    emit = emitter.emission(event_type)

    async def notify(self: Behaviour, *values: Any, **named: Any) -> bool:
        if self.should_fail:
            raise SimulatedFailure(f"the bridge of {self.user_id} was made with should_fail=True")
        return await emit(self, *values, **named)

    notify.__name__ = f"notify_{event_type}"
    return notify


for _event_type in PAYLOADS:
    setattr(Behaviour, f"notify_{_event_type}", _notification(_event_type))

KIND = Kind("agent_websocket_bridge", AgentWebSocketBridge)
