"""The I/O shell around one connection: a loop that reads, a loop that writes, a bounded queue between."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from agent_backend.context import Principal
from agent_backend.events import Event
from agent_backend.realtime.connection import Connection, Handle, Send
from agent_backend.realtime.disconnects import Disconnect
from agent_backend.workflow import Ask

OUTBOX_LIMIT: Final = 256

Answer = Callable[[Ask], Awaitable[list[Event]]]


class ClientSocket:
    """One live socket of one user."""

    def __init__(self, websocket: WebSocket, connection: Connection, outbox_limit: int = OUTBOX_LIMIT) -> None:
        self.connection = connection
        self.ended = asyncio.Event()
        self._websocket = websocket
        self._limit = outbox_limit
        self._outbox: asyncio.Queue[str | Disconnect] = asyncio.Queue()

    async def accept(self) -> None:
        """Answer the handshake with yes."""
        await self._websocket.accept()
        self.connection.accepted()

    def greet(self, principal: Principal) -> None:
        """Make the socket ready; connection_established is the first frame in its queue."""
        self._queue(self.connection.authenticated(principal).event.to_json())

    def offer(self, frame: str) -> bool:
        """Queue a frame and say whether it was; a client that does not keep up is sent away instead of waited for."""
        if not self.connection.may_send():
            return False
        if self._outbox.qsize() >= self._limit:
            self._discard_outbox()
            self.close(Disconnect.SLOW)
            return False
        self._queue(frame)
        return True

    def close(self, why: Disconnect) -> None:
        """Close after what is queued already."""
        if self.connection.close():
            self._outbox.put_nowait(why)

    async def run(self, answer: Answer) -> None:
        """Serve the socket until it is closed by either side."""
        try:
            async with asyncio.TaskGroup() as both:
                writer = both.create_task(self._write())
                await self._read(answer)
                if self.connection.close():
                    writer.cancel()
        finally:
            self.connection.closed()
            self.ended.set()

    async def _read(self, answer: Answer) -> None:
        while (message := await self._websocket.receive())["type"] != "websocket.disconnect":
            text = message.get("text")
            match self.connection.received(message["bytes"] if text is None else text):
                case Handle(ask):
                    for event in await answer(ask):
                        self.offer(event.to_json())
                case Send(event):
                    self.offer(event.to_json())

    async def _write(self) -> None:
        try:
            while not isinstance(item := await self._outbox.get(), Disconnect):
                await self._websocket.send_text(item)
            await self._websocket.close(item.code, item.reason)
        except WebSocketDisconnect:
            return

    def _queue(self, frame: str) -> None:
        self._outbox.put_nowait(frame)

    def _discard_outbox(self) -> None:
        while not self._outbox.empty():
            self._outbox.get_nowait()
