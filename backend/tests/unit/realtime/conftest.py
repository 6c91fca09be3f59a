from __future__ import annotations

import asyncio
from collections.abc import Callable, MutableMapping
from typing import Any

import pytest

from agent_backend.context import Kind, Principal, UnifiedIDManager
from agent_backend.events import ConnectionEvents, Event, RunEvents
from agent_backend.realtime import ClientSocket, Connection, SocketLimits

Message = MutableMapping[str, Any]


class Peer:
    """The other end of a socket, as the server shows it to an application."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[Message] = asyncio.Queue()
        self.sent: list[Message] = []
        self.reading = asyncio.Event()
        self.reading.set()

    async def receive(self) -> Message:
        return await self.incoming.get()

    async def send(self, message: Message) -> None:
        await self.reading.wait()
        self.sent.append(message)
        if message["type"] == "websocket.close":
            self.leave(message["code"])

    def leave(self, code: int = 1005) -> None:
        self.incoming.put_nowait({"type": "websocket.disconnect", "code": code})

    def texts(self) -> list[str]:
        return [message["text"] for message in self.sent if message["type"] == "websocket.send"]


@pytest.fixture
def new_principal(ids: UnifiedIDManager) -> Callable[[], Principal]:
    return lambda: Principal(ids.new(Kind.TENANT), ids.new(Kind.USER))


@pytest.fixture
def ada(new_principal: Callable[[], Principal]) -> Principal:
    return new_principal()


@pytest.fixture
def story(clock: Any) -> Callable[..., list[Event]]:
    """Makes the numbered events of a run."""

    def make(run_id: str = "run_1", thoughts: int = 3) -> list[Event]:
        events = RunEvents(run_id=run_id, thread_id="thr", epoch=1, now=clock.now)
        told = [events.agent_started("a", "task")]
        told += [events.agent_thinking("a", str(each), 1, 0.0) for each in range(thoughts)]
        told += [events.agent_completed("a", {"text": ""}, 0)]
        return [event.numbered(seq) for seq, event in enumerate(told, 1)]

    return make


@pytest.fixture
def open_socket(ids: UnifiedIDManager, clock: Any) -> Callable[..., Any]:
    """Opens sockets that are ready, with their peers."""

    async def make(owner: Principal, **limits: Any) -> tuple[ClientSocket, Peer]:
        peer, allowed = Peer(), SocketLimits(**limits)
        connection = Connection(ids.new(Kind.CONNECTION), ConnectionEvents(clock.now), clock.monotonic(), allowed)
        socket = ClientSocket(owner, connection, peer.receive, peer.send, clock, allowed)
        await socket.accept()
        return socket, peer

    return make
