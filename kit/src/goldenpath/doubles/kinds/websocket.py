"""The server's end of a WebSocket, as Starlette shapes it, and the scripted client at the other end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, MutableMapping
from enum import Enum
from typing import Any, Protocol, runtime_checkable

from goldenpath.doubles.kinds.imported import imported
from goldenpath.doubles.kinds.kind import Kind

Message = MutableMapping[str, Any]


@runtime_checkable
class WebSocket(Protocol):
    """A WebSocket as a handler holds it."""

    connection_id: str
    user_id: str

    @property
    def client_state(self) -> Any: ...
    @property
    def application_state(self) -> Any: ...

    async def accept(
        self, subprotocol: str | None = None, headers: Iterable[tuple[bytes, bytes]] | None = None
    ) -> None: ...
    async def receive(self) -> Message: ...
    async def receive_text(self) -> str: ...
    async def receive_bytes(self) -> bytes: ...
    async def receive_json(self, mode: str = "text") -> Any: ...
    async def send(self, message: Message) -> None: ...
    async def send_text(self, data: str) -> None: ...
    async def send_bytes(self, data: bytes) -> None: ...
    async def send_json(self, data: Any, mode: str = "text") -> None: ...
    async def close(self, code: int = 1000, reason: str | None = None) -> None: ...
    def iter_text(self) -> AsyncIterator[str]: ...
    def iter_bytes(self) -> AsyncIterator[bytes]: ...
    def iter_json(self) -> AsyncIterator[Any]: ...


class WebSocketState(Enum):
    """Starlette's states, for code that does not use Starlette."""

    CONNECTING = 0
    CONNECTED = 1
    DISCONNECTED = 2
    RESPONSE = 3


class WebSocketDisconnect(Exception):
    """Starlette's exception, for code that does not use Starlette."""

    def __init__(self, code: int = 1000, reason: str | None = None) -> None:
        super().__init__(code, reason or "")
        self.code = code
        self.reason = reason or ""


CONNECTING, CONNECTED, DISCONNECTED = "CONNECTING", "CONNECTED", "DISCONNECTED"


def _state(name: str) -> Any:
    return imported("starlette.websockets", "WebSocketState", WebSocketState)[name]


def _disconnect() -> type[Exception]:
    error: type[Exception] = imported("starlette.websockets", "WebSocketDisconnect", WebSocketDisconnect)
    return error


class Behaviour:
    """Starlette's state machine over a scripted client.

    Without a client at the other end (`client_of` brings one) the handshake is taken as done by whoever handed the
    socket over: code under test usually starts from an accepted one.
    """

    __slots__ = ("_application", "_client", "_goodbye", "_scripted", "connection_id", "user_id")

    def __init__(self, connection_id: str = "test-connection", user_id: str = "test-user") -> None:
        self.connection_id = connection_id
        self.user_id = user_id
        self._client = self._application = CONNECTING
        self._scripted: ScriptedClient | None = None
        self._goodbye: Message | None = None

    @property
    def client_state(self) -> Any:
        return _state(self._client)

    @client_state.setter
    def client_state(self, state: Any) -> None:
        self._client = state.name

    @property
    def application_state(self) -> Any:
        return _state(self._application)

    @application_state.setter
    def application_state(self, state: Any) -> None:
        self._application = state.name

    async def accept(self, subprotocol: str | None = None, headers: Any = None) -> None:
        if self._client == CONNECTING:
            self._client = CONNECTED
        self._deliver({"type": "websocket.accept", "subprotocol": subprotocol, "headers": headers or []})

    async def send(self, message: Message) -> None:
        self._deliver(message)

    def _deliver(self, message: Message) -> None:
        kind = message["type"]
        if self._application == DISCONNECTED:
            raise RuntimeError('Cannot call "send" once a close message has been sent.')
        if self._application == CONNECTED and kind not in ("websocket.send", "websocket.close"):
            raise RuntimeError(f'Expected ASGI message "websocket.send" or "websocket.close", but got {kind!r}')
        if self._application == CONNECTING and kind == "websocket.send":
            self._presume_accepted(f'Expected ASGI message "websocket.accept" or "websocket.close", but got {kind!r}')
        if kind == "websocket.accept":
            self._application = CONNECTED
        elif kind == "websocket.close":
            self._application = self._client = DISCONNECTED
            self._goodbye = {"type": "websocket.disconnect", "code": message["code"], "reason": message["reason"]}
        if self._scripted is not None:
            self._scripted.heard.append(message)

    async def receive(self) -> Message:
        if self._client == CONNECTING and self._scripted is not None:
            self._client = CONNECTED
            return {"type": "websocket.connect"}
        if self._goodbye is not None:
            goodbye, self._goodbye = self._goodbye, None
            return goodbye
        if self._client == DISCONNECTED:
            raise RuntimeError('Cannot call "receive" once a disconnect message has been received.')
        if self._scripted is None:
            raise RuntimeError(
                "nobody will ever speak to this websocket double: script it with receive_text.side_effect = [...], "
                "or let goldenpath.doubles.client_of(websocket) say something"
            )
        message = await self._scripted.said.get()
        if message["type"] == "websocket.disconnect":
            self._client = DISCONNECTED
        return message

    async def _data(self, form: str) -> Any:
        if self._application != CONNECTED:
            self._presume_accepted('WebSocket is not connected. Need to call "accept" first.')
        message = await self.receive()
        if message["type"] == "websocket.disconnect":
            raise _disconnect()(message["code"], message["reason"])
        return message[form]

    def _presume_accepted(self, refusal: str) -> None:
        if self._scripted is not None or self._application != CONNECTING:
            raise RuntimeError(refusal)
        self._client = self._application = CONNECTED

    async def receive_text(self) -> str:
        text: str = await self._data("text")
        return text

    async def receive_bytes(self) -> bytes:
        data: bytes = await self._data("bytes")
        return data

    async def receive_json(self, mode: str = "text") -> Any:
        return json.loads(await self._data(_form(mode)))

    async def send_text(self, data: str) -> None:
        if self._application != CONNECTED or self._scripted is not None:
            self._deliver({"type": "websocket.send", "text": data})

    async def send_bytes(self, data: bytes) -> None:
        if self._application != CONNECTED or self._scripted is not None:
            self._deliver({"type": "websocket.send", "bytes": data})

    async def send_json(self, data: Any, mode: str = "text") -> None:
        form = _form(mode)
        text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
        self._deliver({"type": "websocket.send", form: text if form == "text" else text.encode()})

    async def close(self, code: int = 1000, reason: str | None = None) -> None:
        self._deliver({"type": "websocket.close", "code": code, "reason": reason or ""})

    def iter_text(self) -> AsyncIterator[str]:
        return self._until_disconnected("receive_text")

    def iter_bytes(self) -> AsyncIterator[bytes]:
        return self._until_disconnected("receive_bytes")

    def iter_json(self) -> AsyncIterator[Any]:
        return self._until_disconnected("receive_json")

    async def _until_disconnected(self, method: str) -> AsyncIterator[Any]:
        try:
            while True:
                yield await getattr(self, method)()
        except _disconnect():
            pass


class ScriptedClient:
    """The client's end of a websocket double: what it says the double receives, what the double sends it has heard."""

    __slots__ = ("heard", "said")

    def __init__(self) -> None:
        from asyncio import Queue

        self.heard: list[Message] = []
        self.said: Queue[Message] = Queue()

    def say(self, data: str | bytes) -> None:
        """Send a text or a binary message."""
        form = "text" if isinstance(data, str) else "bytes"
        self.said.put_nowait({"type": "websocket.receive", form: data})

    def say_json(self, data: Any) -> None:
        """Send a value as JSON text."""
        self.say(json.dumps(data))

    def hang_up(self, code: int = 1000, reason: str = "") -> None:
        """Close from the client's side."""
        self.said.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})

    @property
    def texts(self) -> list[str]:
        """The text messages heard so far."""
        return [message["text"] for message in self.heard if "text" in message]


def client_at(behaviour: Behaviour) -> ScriptedClient:
    """The client at the other end, brought there when first asked for."""
    if behaviour._scripted is None:
        behaviour._scripted = ScriptedClient()
    return behaviour._scripted


def _form(mode: str) -> str:
    if mode not in ("text", "binary"):
        raise RuntimeError('The "mode" argument should be "text" or "binary".')
    return "text" if mode == "text" else "bytes"


KIND = Kind("websocket", WebSocket)
