from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agent_backend.context import EndedSession, Kind, Principal, UnifiedIDManager
from agent_backend.events import Event
from agent_backend.realtime import (
    Delivery,
    Disconnect,
    ForeignSocket,
    Quiet,
    SocketLimits,
    TooManySockets,
    UnifiedWebSocketManager,
    UserSockets,
)

Stories = Callable[..., list[Event]]


async def no_answer(*_: Any) -> None:
    return


@pytest.fixture
def manager(clock: Any) -> UnifiedWebSocketManager:
    return UnifiedWebSocketManager(clock)


@pytest.mark.asyncio
async def test_an_event_reaches_every_socket_of_its_user_and_none_of_another(
    manager: UnifiedWebSocketManager, ids: UnifiedIDManager, ada: Principal, open_socket: Any, story: Stories
) -> None:
    colleague = Principal(ada.tenant_id, ids.new(Kind.USER))
    namesake = Principal(ids.new(Kind.TENANT), ada.user_id)
    peers: dict[Principal, list[Any]] = {}
    for owner in (ada, colleague, namesake):
        for _ in range(2):
            socket, peer = await open_socket(owner)
            manager.add(owner, socket)
            peers.setdefault(owner, []).append(peer)
    assert await manager.send(ada, story()[0], timedelta(seconds=10)) == Delivery(delivered=2)
    received = {owner: [len(peer.texts()) for peer in tabs] for owner, tabs in peers.items()}
    assert received == {ada: [2, 2], colleague: [1, 1], namesake: [1, 1]}


@pytest.mark.asyncio
async def test_delivery_says_what_is_true_of_every_socket(
    manager: UnifiedWebSocketManager, ada: Principal, open_socket: Any, story: Stories
) -> None:
    reading, stuck, closing, behind, late = [await open_socket(ada) for _ in range(5)]
    first, second, third, *_ = story()
    for socket, _ in (reading, stuck, closing, behind, late):
        manager.add(ada, socket)
        await socket.drained(10)
    behind[0].follow("run_1", 0)
    late[0].follow("run_1", 2)
    for socket, _ in (reading, stuck, closing):
        socket.follow("run_1", 1)
    stuck[1].reading.clear()
    closing[0].close(Disconnect.IDLE)
    assert await manager.send(ada, second, timedelta(milliseconds=10)) == Delivery(
        delivered=2, queued=1, failed=1, gaps=1
    )
    assert manager.deliver(ada, third) == Delivery(queued=3, failed=1, gaps=1)
    stuck[1].reading.set()
    assert first.seq == 1


@pytest.mark.asyncio
async def test_an_event_for_someone_who_is_not_here_is_delivered_to_nobody(
    manager: UnifiedWebSocketManager, ada: Principal, story: Stories
) -> None:
    assert manager.deliver(ada, story()[0]) == Delivery()
    assert not (await manager.send(ada, story()[0], timedelta(0))).reached


@pytest.mark.asyncio
async def test_one_users_sockets_refuse_anothers(
    new_principal: Callable[[], Principal], ada: Principal, open_socket: Any, manager: UnifiedWebSocketManager
) -> None:
    socket, _ = await open_socket(new_principal())
    with pytest.raises(ForeignSocket, match=ada.user_id):
        UserSockets(ada).add(socket)
    with pytest.raises(ForeignSocket):
        manager.add(ada, socket)
    assert manager.of(ada) is None


@pytest.mark.asyncio
async def test_one_users_sockets_refuse_those_of_his_namesake_in_another_tenant(
    ids: UnifiedIDManager, ada: Principal, open_socket: Any, manager: UnifiedWebSocketManager
) -> None:
    socket, _ = await open_socket(Principal(ids.new(Kind.TENANT), ada.user_id))
    with pytest.raises(ForeignSocket):
        manager.add(ada, socket)
    assert manager.of(ada) is None


@pytest.mark.asyncio
async def test_a_user_may_open_so_many_sockets_and_no_more(ada: Principal, open_socket: Any, clock: Any) -> None:
    manager = UnifiedWebSocketManager(clock, SocketLimits(per_user=2))
    sockets = [(await open_socket(ada))[0] for _ in range(2)]
    for socket in sockets:
        manager.admit(ada)
        manager.add(ada, socket)
    with pytest.raises(TooManySockets, match="2 sockets open"):
        manager.admit(ada)
    manager.remove(ada, sockets[0])
    manager.admit(ada)


@pytest.mark.asyncio
async def test_the_first_socket_of_a_user_and_the_last_are_told_apart(
    manager: UnifiedWebSocketManager, ada: Principal, open_socket: Any
) -> None:
    one, two = [(await open_socket(ada))[0] for _ in range(2)]
    assert [manager.add(ada, one), manager.add(ada, two)] == [True, False]
    assert [manager.remove(ada, one), manager.remove(ada, two)] == [False, True]
    assert manager.report() == {"users": 0, "sockets": 0, "backlog": 0}


@pytest.mark.asyncio
async def test_a_session_that_ends_takes_its_own_sockets_with_it(
    manager: UnifiedWebSocketManager, ids: UnifiedIDManager, ada: Principal, open_socket: Any
) -> None:
    laptop, phone = [Principal(ada.tenant_id, ada.user_id, ids.new(Kind.SESSION)) for _ in range(2)]
    (at_laptop, laptop_peer), (at_phone, phone_peer) = await open_socket(laptop), await open_socket(phone)
    manager.add(ada, at_laptop)
    manager.add(ada, at_phone)
    manager.session_ended(EndedSession(ada.tenant_id, ada.user_id, laptop.session_id or ""))
    await at_laptop.run(no_answer)
    assert laptop_peer.sent[-1]["code"] == Disconnect.SESSION_ENDED.code
    assert at_phone.connection.may_send()
    assert len(phone_peer.texts()) == 1


@pytest.mark.asyncio
async def test_who_has_heard_nothing_gets_a_heartbeat_and_who_has_said_nothing_is_closed(
    ada: Principal, open_socket: Any, clock: Any
) -> None:
    manager = UnifiedWebSocketManager(clock, quiet=Quiet(timedelta(seconds=25), timedelta(seconds=60)))
    socket, peer = await open_socket(ada)
    manager.add(ada, socket)
    await socket.drained(10)
    clock.move(seconds=24)
    manager.keep_quiet_ones()
    assert len(peer.texts()) == 1
    clock.move(seconds=1)
    manager.keep_quiet_ones()
    await socket.drained(10)
    assert '"type": "heartbeat"' in peer.texts()[-1]
    clock.move(seconds=35)
    manager.keep_quiet_ones()
    await socket.run(no_answer)
    assert peer.sent[-1]["code"] == Disconnect.IDLE.code


@pytest.mark.asyncio
async def test_a_socket_that_comes_while_the_service_stops_is_closed_at_once(
    manager: UnifiedWebSocketManager, ada: Principal, open_socket: Any
) -> None:
    await manager.shutdown()
    socket, peer = await open_socket(ada)
    manager.add(ada, socket)
    await socket.run(no_answer)
    assert peer.sent[-1]["code"] == 1001


@pytest.mark.asyncio
async def test_stopping_waits_no_longer_than_its_grace_for_a_socket_that_does_not_end(
    manager: UnifiedWebSocketManager, ada: Principal, open_socket: Any, caplog: pytest.LogCaptureFixture
) -> None:
    socket, peer = await open_socket(ada)
    peer.reading.clear()
    manager.add(ada, socket)
    running = asyncio.create_task(socket.run(no_answer))
    await asyncio.sleep(0)
    await manager.shutdown(timedelta(0))
    assert "did not take their close" in caplog.text
    peer.reading.set()
    await running


def test_the_range_of_a_code_says_whether_to_come_back() -> None:
    assert {why.name for why in Disconnect if why.come_back} == {"GOING_AWAY", "SLOW", "IDLE"}
    assert len({why.code for why in Disconnect}) == len(Disconnect)
    assert all(len(why.reason.encode()) <= 123 for why in Disconnect)
