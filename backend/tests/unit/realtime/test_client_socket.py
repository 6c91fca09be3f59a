from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from starlette.types import Message
from starlette.websockets import WebSocket

from agent_backend.context import Kind, Principal, UnifiedIDManager
from agent_backend.events import ConnectionEvents, Event, RunEvents
from agent_backend.realtime import Connection, Disconnect, UnifiedWebSocketManager
from agent_backend.realtime.client_socket import ClientSocket
from agent_backend.workflow import Ask


class Peer:
    """The other end of a socket, as the server shows it to an application."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue[Message] = asyncio.Queue()
        self.incoming.put_nowait({"type": "websocket.connect"})
        self.sent: list[Message] = []
        self.reading = asyncio.Event()
        self.reading.set()

    async def receive(self) -> Message:
        return await self.incoming.get()

    async def send(self, message: Message) -> None:
        await self.reading.wait()
        self.sent.append(message)
        if message["type"] == "websocket.close":
            self.incoming.put_nowait({"type": "websocket.disconnect", "code": message["code"]})

    def websocket(self) -> WebSocket:
        return WebSocket({"type": "websocket", "headers": []}, self.receive, self.send)


@pytest.fixture
def ada(ids: UnifiedIDManager) -> Principal:
    return Principal(ids.new(Kind.TENANT), ids.new(Kind.USER))


@pytest.fixture
def event(clock: Any) -> Event:
    return RunEvents(run_id="run", thread_id="thr", agent_name="a", epoch=1, now=clock.now).agent_started("task")


async def no_answer(_: Ask) -> list[Event]:
    return []


async def ready(peer: Peer, ada: Principal, clock: Any, **limits: int) -> ClientSocket:
    socket = ClientSocket(peer.websocket(), Connection("con_1", ConnectionEvents(clock.now)), **limits)
    await socket.accept()
    socket.greet(ada)
    return socket


@pytest.mark.asyncio
async def test_a_client_that_stops_reading_is_sent_away_and_never_waited_for(ada: Principal, clock: Any) -> None:
    peer = Peer()
    socket = await ready(peer, ada, clock, outbox_limit=3)
    peer.reading.clear()
    assert [socket.offer(frame) for frame in ("one", "two", "three", "four")] == [True, True, False, False]
    running = asyncio.create_task(socket.run(no_answer))
    peer.reading.set()
    await running
    assert peer.sent[-1]["code"] == Disconnect.SLOW.code
    assert "two" not in [message.get("text") for message in peer.sent]


@pytest.mark.asyncio
async def test_what_is_queued_is_sent_in_order_before_the_close(ada: Principal, clock: Any) -> None:
    peer = Peer()
    socket = await ready(peer, ada, clock)
    socket.offer("one")
    socket.offer("two")
    socket.close(Disconnect.GOING_AWAY)
    assert not socket.offer("three")
    await socket.run(no_answer)
    assert [message.get("text", message["type"]) for message in peer.sent[2:]] == ["one", "two", "websocket.close"]
    assert peer.sent[-1]["code"] == 1001
    assert socket.ended.is_set()


@pytest.mark.asyncio
async def test_a_socket_that_cannot_be_written_to_does_not_go_on_reading(ada: Principal, clock: Any) -> None:
    peer = Peer()
    socket = await ready(peer, ada, clock)

    async def broken(_: Message) -> None:
        raise ZeroDivisionError

    socket._websocket._send = broken
    with pytest.raises(ExceptionGroup) as failures:
        await socket.run(no_answer)
    assert failures.group_contains(ZeroDivisionError)
    assert socket.ended.is_set()


@pytest.mark.asyncio
async def test_an_event_reaches_every_socket_of_its_user_and_none_of_another(
    ids: UnifiedIDManager, ada: Principal, event: Event, clock: Any
) -> None:
    manager = UnifiedWebSocketManager()
    colleague = Principal(ada.tenant_id, ids.new(Kind.USER))
    stranger = Principal(ids.new(Kind.TENANT), ada.user_id)
    peers = {owner: [Peer(), Peer()] for owner in (ada, colleague, stranger)}
    for owner, tabs in peers.items():
        for peer in tabs:
            manager.add(owner, await ready(peer, owner, clock))
    assert manager.deliver(ada, event) == 2
    assert manager.deliver(Principal(ids.new(Kind.TENANT), ids.new(Kind.USER)), event) == 0
    sockets = [(owner, socket) for owner, owned in manager._sockets.items() for socket in owned]
    for _, socket in sockets:
        socket.close(Disconnect.GOING_AWAY)
        await socket.run(no_answer)
    frames = {owner: [len(peer.sent) for peer in tabs] for owner, tabs in peers.items()}
    assert frames == {ada: [4, 4], colleague: [3, 3], stranger: [3, 3]}


@pytest.mark.asyncio
async def test_a_socket_that_comes_while_the_service_stops_is_closed_at_once(ada: Principal, clock: Any) -> None:
    manager = UnifiedWebSocketManager()
    await manager.shutdown()
    peer = Peer()
    socket = await ready(peer, ada, clock)
    manager.add(ada, socket)
    await socket.run(no_answer)
    assert peer.sent[-1]["code"] == 1001


@pytest.mark.asyncio
async def test_stopping_waits_no_longer_than_its_grace_for_a_socket_that_does_not_end(
    ada: Principal, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    manager = UnifiedWebSocketManager()
    manager.add(ada, await ready(Peer(), ada, clock))
    await manager.shutdown(timedelta(0))
    assert "did not take their close" in caplog.text


def test_a_manager_forgets_a_user_with_the_last_socket(ada: Principal, clock: Any) -> None:
    manager = UnifiedWebSocketManager()
    socket = ClientSocket(Peer().websocket(), Connection("con_1", ConnectionEvents(clock.now)))
    manager.add(ada, socket)
    manager.remove(ada, socket)
    assert manager._sockets == {}
