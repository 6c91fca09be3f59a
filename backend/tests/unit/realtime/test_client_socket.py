from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_backend.context import Kind, Principal, SystemClock, UnifiedIDManager
from agent_backend.events import ConnectionEvents, Event, RunEvents
from agent_backend.realtime import ClientSocket, Connection, Disconnect, Offer, SocketLimits
from agent_backend.realtime.connection import State

Stories = Callable[..., list[Event]]


async def no_answer(*_: Any) -> None:
    return


async def served(socket: ClientSocket, peer: Any) -> None:
    """Let the socket write what it has, then let the client leave."""
    await socket.drained(10)
    peer.leave()
    await socket.run(no_answer)


def seqs(peer: Any) -> list[int]:
    return [json.loads(text)["seq"] for text in peer.texts()][1:]


@pytest.mark.asyncio
async def test_the_first_frame_is_connection_established(open_socket: Any, ada: Principal) -> None:
    socket, peer = await open_socket(ada)
    await served(socket, peer)
    assert [message["type"] for message in peer.sent] == ["websocket.accept", "websocket.send"]
    assert json.loads(peer.texts()[0])["type"] == "connection_established"
    assert socket.connection.state is State.CLOSED


@pytest.mark.asyncio
async def test_events_of_a_run_go_out_once_and_in_order(open_socket: Any, ada: Principal, story: Stories) -> None:
    socket, peer = await open_socket(ada)
    first, second, third, *_ = story()
    offers = [socket.offer(event) for event in (first, second, first, second, third)]
    assert offers == [Offer.QUEUED, Offer.QUEUED, Offer.STALE, Offer.STALE, Offer.QUEUED]
    await served(socket, peer)
    assert seqs(peer) == [1, 2, 3]


@pytest.mark.asyncio
async def test_an_event_that_comes_too_early_is_held_back_as_a_gap(
    open_socket: Any, ada: Principal, story: Stories
) -> None:
    socket, peer = await open_socket(ada)
    first, second, third, *_ = story()
    assert [socket.offer(event) for event in (first, third, second, third)] == [
        Offer.QUEUED,
        Offer.GAP,
        Offer.QUEUED,
        Offer.QUEUED,
    ]
    await served(socket, peer)
    assert seqs(peer) == [1, 2, 3]


@pytest.mark.asyncio
async def test_who_comes_in_the_middle_of_a_run_is_told_nothing_until_it_says_where_it_stands(
    open_socket: Any, ada: Principal, story: Stories
) -> None:
    socket, peer = await open_socket(ada)
    _, second, third, *_ = story()
    assert socket.offer(second) is Offer.NOT_FOLLOWED
    socket.follow("run_1", 2)
    assert [socket.offer(second), socket.offer(third)] == [Offer.STALE, Offer.QUEUED]
    await served(socket, peer)
    assert seqs(peer) == [3]


@pytest.mark.asyncio
async def test_what_was_told_unasked_is_not_told_again_to_a_request_that_crossed_it(
    open_socket: Any, ada: Principal, story: Stories
) -> None:
    socket, peer = await open_socket(ada)
    first, second, third, *_ = story()
    run_id = first.run_id or ""
    socket.offer(first)
    assert socket.resume(run_id, 0) == 1
    assert [socket.offer(event) for event in (first, second)] == [Offer.STALE, Offer.QUEUED]
    assert socket.resume(run_id, 1) == 1
    assert [socket.offer(event) for event in (second, third)] == [Offer.QUEUED, Offer.QUEUED]
    await served(socket, peer)
    assert seqs(peer) == [1, 2, 2, 3]


@pytest.mark.asyncio
async def test_a_run_that_has_ended_does_not_begin_again(open_socket: Any, ada: Principal, story: Stories) -> None:
    socket, _ = await open_socket(ada)
    events = story()
    for event in events:
        socket.offer(event)
    assert socket.cursors["run_1"].ended
    assert {socket.offer(event) for event in events} == {Offer.STALE}


@given(st.data())
def test_whatever_is_offered_the_client_sees_an_unbroken_story(data: st.DataObject) -> None:
    """The socket alone keeps order: offers come twice, late, early and from several sides."""
    clock = SystemClock()
    ids = UnifiedIDManager(clock)
    events = RunEvents(run_id="run_1", thread_id="thr", epoch=1, now=clock.now)
    told = [events.agent_thinking("a", str(each), 1, 0.0).numbered(each + 1) for each in range(6)]
    offers = data.draw(st.lists(st.sampled_from(told), max_size=40))
    sent: list[int] = []

    async def send(message: Any) -> None:
        if message["type"] == "websocket.send" and (seq := json.loads(message["text"])["seq"]):
            sent.append(seq)

    async def offer_all() -> None:
        limits = SocketLimits()
        connection = Connection(ids.new(Kind.CONNECTION), ConnectionEvents(clock.now), 0.0, limits)
        owner = Principal(ids.new(Kind.TENANT), ids.new(Kind.USER))
        socket = ClientSocket(owner, connection, no_answer, send, clock, limits)  # type: ignore[arg-type]
        await socket.accept()
        for event in offers:
            socket.offer(event)
        await socket.drained(10)

    asyncio.run(offer_all())
    assert sent == list(range(1, len(sent) + 1))


@pytest.mark.parametrize("limits", [{"outbox_frames": 3}, {"outbox_bytes": 700}], ids=["frames", "bytes"])
@pytest.mark.asyncio
async def test_a_client_that_stops_reading_is_sent_away_and_never_waited_for(
    open_socket: Any, ada: Principal, story: Stories, limits: dict[str, int]
) -> None:
    socket, peer = await open_socket(ada, **limits)
    peer.reading.clear()
    offers = [socket.offer(event) for event in story(thoughts=9)]
    assert offers[0] is Offer.QUEUED
    assert offers[-1] is Offer.FAILED
    running = asyncio.create_task(socket.run(no_answer))
    peer.reading.set()
    await running
    assert peer.sent[-1]["code"] == Disconnect.SLOW.code
    assert len(seqs(peer)) < offers.count(Offer.QUEUED)


@pytest.mark.asyncio
async def test_what_is_queued_is_sent_in_order_before_the_close(
    open_socket: Any, ada: Principal, story: Stories
) -> None:
    socket, peer = await open_socket(ada)
    first, second, *_ = story()
    socket.offer(first)
    socket.close(Disconnect.GOING_AWAY)
    socket.close(Disconnect.SLOW)
    assert socket.offer(second) is Offer.FAILED
    await socket.run(no_answer)
    assert seqs(peer) == [1]
    assert peer.sent[-1] == {"type": "websocket.close", "code": 1001, "reason": Disconnect.GOING_AWAY.reason}


@pytest.mark.asyncio
async def test_a_socket_that_cannot_be_written_to_does_not_go_on_reading(
    open_socket: Any, ada: Principal, story: Stories, caplog: pytest.LogCaptureFixture
) -> None:
    socket, _ = await open_socket(ada)

    async def broken(_: Any) -> None:
        raise ZeroDivisionError

    await socket.drained(10)
    socket._send = broken
    running = asyncio.create_task(socket.run(no_answer))
    await asyncio.sleep(0)
    socket.offer(story()[0])
    await running
    assert "cannot be written to" in caplog.text
    assert socket.connection.state is State.CLOSED


@pytest.mark.asyncio
async def test_a_task_of_a_socket_that_is_cancelled_from_outside_stays_cancelled(
    open_socket: Any, ada: Principal
) -> None:
    socket, _ = await open_socket(ada)
    running = asyncio.create_task(socket.run(no_answer))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.asyncio
async def test_a_socket_remembers_its_place_in_the_latest_runs_only(open_socket: Any, ada: Principal) -> None:
    socket, _ = await open_socket(ada)
    for number in range(200):
        socket.follow(f"run_{number}", 0)
    assert list(socket.cursors) == [f"run_{number}" for number in range(136, 200)]
