"""The WebSocket that the doubles are measured on, and the double of it that people write by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import AsyncMock, MagicMock


class WebSocket:
    """What a handler holds: fifteen methods, five attributes."""

    client_state: int
    application_state: int
    user_id: str
    connection_id: str
    headers: dict[str, str]

    async def accept(self, subprotocol: str | None = None, headers: dict[str, str] | None = None) -> None: ...
    async def receive(self) -> dict[str, Any]: ...
    async def receive_text(self) -> str: ...
    async def receive_bytes(self) -> bytes: ...
    async def receive_json(self, mode: str = "text") -> Any: ...
    async def send(self, message: dict[str, Any]) -> None: ...
    async def send_text(self, data: str) -> None: ...
    async def send_bytes(self, data: bytes) -> None: ...
    async def send_json(self, data: Any, mode: str = "text") -> None: ...
    async def ping(self, payload: bytes = b"") -> None: ...
    async def close(self, code: int = 1000, reason: str | None = None) -> None: ...
    async def wait_closed(self) -> None: ...
    def is_connected(self) -> bool: ...
    def url_for(self, name: str, /, **path: Any) -> str: ...
    async def iter_text(self) -> AsyncIterator[str]:
        yield ""


def by_hand() -> Any:
    """The fixture found in suite after suite."""
    websocket = MagicMock()
    websocket.client_state = 1
    websocket.application_state = 1
    websocket.user_id = "test-user"
    websocket.connection_id = "test-connection"
    websocket.headers = {}
    websocket.accept = AsyncMock()
    websocket.receive = AsyncMock(return_value={})
    websocket.receive_text = AsyncMock(return_value="")
    websocket.receive_bytes = AsyncMock(return_value=b"")
    websocket.receive_json = AsyncMock(return_value={})
    websocket.send = AsyncMock()
    websocket.send_text = AsyncMock()
    websocket.send_bytes = AsyncMock()
    websocket.send_json = AsyncMock()
    websocket.ping = AsyncMock()
    websocket.close = AsyncMock()
    websocket.wait_closed = AsyncMock()
    websocket.is_connected = MagicMock(return_value=True)
    websocket.url_for = MagicMock(return_value="")
    websocket.iter_text = MagicMock()
    return websocket


def suite_by_hand() -> dict[str, Any]:
    """An agent, a websocket, a session, a language model and a user context, by hand."""
    agent = MagicMock()
    agent.agent_type = "supervisor"
    agent.execute = AsyncMock(return_value={"status": "completed"})
    agent.get_capabilities = MagicMock(return_value=["text_processing", "data_analysis"])
    session = MagicMock()
    for name in ("execute", "scalar", "scalars", "commit", "rollback", "close"):
        setattr(session, name, AsyncMock())
    llm = MagicMock()
    llm.chat.completions.create = AsyncMock()
    llm.agenerate = AsyncMock()
    context = MagicMock()
    context.user_id = "test-user"
    context.get_state = MagicMock()
    context.set_state = MagicMock()
    return {
        "agent": agent,
        "websocket": by_hand(),
        "database_session": session,
        "llm_client": llm,
        "user_context": context,
    }


def with_methods(count: int) -> type:
    """A class with that many async methods."""
    source = "class Spec:\n" + "".join(
        f"    async def method_{n}(self, data: str) -> None: ...\n" for n in range(count)
    )
    namespace: dict[str, Any] = {}
    exec(source, namespace)
    spec: type = namespace["Spec"]
    return spec


def by_hand_with(count: int) -> Any:
    """The same by hand."""
    made = MagicMock()
    for n in range(count):
        setattr(made, f"method_{n}", AsyncMock())
    return made
