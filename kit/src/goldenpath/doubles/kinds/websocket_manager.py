"""The registry of live sockets and the way messages take to their users."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from goldenpath.doubles.kinds.kind import Kind


@runtime_checkable
class WebSocketManager(Protocol):
    """Sends to users through their connections; True means that somebody got it."""

    manager_type: str
    user_isolation: bool

    async def add_connection(self, connection_id: str, user_id: str, websocket: Any = None) -> None: ...
    async def remove_connection(self, connection_id: str) -> bool: ...
    async def send_message(self, user_id: str, message: Mapping[str, Any]) -> bool: ...
    async def send_agent_event(self, user_id: str, event_type: str, event: Mapping[str, Any]) -> bool: ...
    async def broadcast_message(self, message: Mapping[str, Any], exclude: Collection[str] = ()) -> int: ...
    async def emit_critical_event(self, user_id: str, event_type: str, data: Mapping[str, Any]) -> bool: ...
    def get_connection(self, connection_id: str) -> Any: ...
    def get_connections(self, user_id: str | None = None) -> list[Any]: ...
    def get_user_connections(self, user_id: str) -> list[str]: ...
    def get_messages(self, user_id: str) -> list[Mapping[str, Any]]: ...
    def is_connection_active(self, connection_id: str) -> bool: ...


@dataclass(slots=True)
class Connection:
    """A user's live connection and what went down it."""

    connection_id: str
    user_id: str
    websocket: Any = None
    messages: list[Mapping[str, Any]] = field(default_factory=list)

    async def deliver(self, message: Mapping[str, Any]) -> None:
        """Hand a message to the socket, when there is one, and keep it."""
        if self.websocket is not None:
            await self.websocket.send_json(message)
        self.messages.append(message)


class Behaviour:
    """Delivers to the connections that were added; `user_isolation=False` lets everybody hear everything.

    The leaky form exists so that a test of isolation can be seen to fail.
    """

    def __init__(self, manager_type: str = "unified", user_isolation: bool = True) -> None:
        self.manager_type = manager_type
        self.user_isolation = user_isolation
        self._connections: dict[str, Connection] = {}

    async def add_connection(self, connection_id: str, user_id: str, websocket: Any = None) -> None:
        taken = self._connections.get(connection_id)
        if taken is not None and taken.user_id != user_id:
            raise ValueError(f"connection {connection_id!r} belongs to another user")
        self._connections[connection_id] = Connection(connection_id, user_id, websocket)

    async def remove_connection(self, connection_id: str) -> bool:
        return self._connections.pop(connection_id, None) is not None

    def _of(self, user_id: str) -> Iterator[Connection]:
        return (
            connection
            for connection in list(self._connections.values())
            if not self.user_isolation or connection.user_id == user_id
        )

    async def send_message(self, user_id: str, message: Mapping[str, Any]) -> bool:
        delivered = 0
        for connection in self._of(user_id):
            await connection.deliver(message)
            delivered += 1
        return delivered > 0

    async def send_agent_event(self, user_id: str, event_type: str, event: Mapping[str, Any]) -> bool:
        return await self.send_message(user_id, {"type": event_type, **event})

    async def broadcast_message(self, message: Mapping[str, Any], exclude: Collection[str] = ()) -> int:
        receivers = [connection for connection in self._connections.values() if connection.user_id not in exclude]
        for connection in receivers:
            await connection.deliver(message)
        return len(receivers)

    async def emit_critical_event(self, user_id: str, event_type: str, data: Mapping[str, Any]) -> bool:
        return await self.send_message(user_id, {"type": event_type, "critical": True, "payload": dict(data)})

    def get_connection(self, connection_id: str) -> Connection | None:
        return self._connections.get(connection_id)

    def get_connections(self, user_id: str | None = None) -> list[Connection]:
        return [one for one in self._connections.values() if user_id in (None, one.user_id)]

    def get_user_connections(self, user_id: str) -> list[str]:
        return [one.connection_id for one in self.get_connections(user_id)]

    def get_messages(self, user_id: str) -> list[Mapping[str, Any]]:
        return [message for one in self.get_connections(user_id) for message in one.messages]

    def is_connection_active(self, connection_id: str) -> bool:
        return connection_id in self._connections


KIND = Kind("websocket_manager", WebSocketManager)
