"""One user's emitter of events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from goldenpath.doubles.events import PAYLOADS, Envelopes, is_well_formed, payload_of
from goldenpath.doubles.kinds.kind import Kind


@runtime_checkable
class WebSocketEmitter(Protocol):
    """Builds a user's events and sends them; True means sent."""

    user_id: str
    connection_id: str | None

    async def emit_event(
        self, event_type: str, payload: Mapping[str, Any] | None = None, run_id: str = "", agent_name: str = ""
    ) -> bool: ...
    async def emit_agent_started(self, run_id: str, agent_name: str, task: str = "") -> bool: ...
    async def emit_agent_thinking(
        self, run_id: str, agent_name: str, reasoning: str = "", step: int = 1, progress: float = 0.0
    ) -> bool: ...
    async def emit_tool_executing(
        self,
        run_id: str,
        agent_name: str,
        tool_name: str,
        parameters: Mapping[str, Any] | None = None,
        tool_call_id: str | None = None,
    ) -> bool: ...
    async def emit_tool_completed(
        self,
        run_id: str,
        agent_name: str,
        tool_name: str,
        result: Any = None,
        tool_call_id: str | None = None,
        duration_ms: float = 0.0,
        ok: bool = True,
    ) -> bool: ...
    async def emit_agent_completed(
        self, run_id: str, agent_name: str, result: Any = None, status: str = "completed", duration_ms: float = 0.0
    ) -> bool: ...
    async def emit_agent_error(
        self, run_id: str, agent_name: str, message: str, code: str = "agent_failed", retryable: bool = False
    ) -> bool: ...

    async def connect(self) -> bool: ...
    async def disconnect(self) -> bool: ...
    def is_connected(self) -> bool: ...
    def add_event(self, event: Mapping[str, Any]) -> None: ...
    def get_events(self, event_type: str | None = None) -> list[Mapping[str, Any]]: ...
    def clear_events(self) -> None: ...
    def validate_event(self, event: Mapping[str, Any]) -> bool: ...
    def configure(self, **settings: Any) -> None: ...


class Behaviour:
    """Keeps the events it emits while connected, which it is from the start."""

    def __init__(self, user_id: str, connection_id: str | None = None, thread_id: str = "test-thread") -> None:
        self.user_id = user_id
        self.connection_id = connection_id
        self.thread_id = thread_id
        self._connected = True
        self._envelopes = Envelopes(thread_id)
        self._events: list[Mapping[str, Any]] = []
        self._settings: dict[str, Any] = {}

    async def emit_event(
        self, event_type: str, payload: Mapping[str, Any] | None = None, run_id: str = "", agent_name: str = ""
    ) -> bool:
        if not self._connected:
            return False
        self._events.append({**self._envelopes.wrap(event_type, run_id, agent_name, payload or {}), **self._owner()})
        return True

    def _owner(self) -> dict[str, Any]:
        return {"user_id": self.user_id}

    async def connect(self) -> bool:
        self._connected = True
        return True

    async def disconnect(self) -> bool:
        self._connected = False
        return True

    def is_connected(self) -> bool:
        return self._connected

    def add_event(self, event: Mapping[str, Any]) -> None:
        self._events.append(event)

    def get_events(self, event_type: str | None = None) -> list[Mapping[str, Any]]:
        return [event for event in self._events if event_type in (None, event.get("type"))]

    def clear_events(self) -> None:
        self._events.clear()

    def validate_event(self, event: Mapping[str, Any]) -> bool:
        return is_well_formed(event)

    def configure(self, **settings: Any) -> None:
        self._settings.update(settings)


def emission(event_type: str) -> Callable[..., Awaitable[bool]]:
    """Make the method that emits one type of event (the double has checked the call against the interface)."""

    async def emit(self: Behaviour, run_id: str, agent_name: str, *values: Any, **named: Any) -> bool:
        return await self.emit_event(event_type, payload_of(event_type, values, named), run_id, agent_name)

    emit.__name__ = f"emit_{event_type}"
    return emit


for _event_type in PAYLOADS:
    setattr(Behaviour, f"emit_{_event_type}", emission(_event_type))

KIND = Kind("websocket_emitter", WebSocketEmitter)
