from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus

import pytest
from websockets.asyncio.server import Request, Response, ServerConnection, serve

from goldenpath.live import ConnectionEnded, ConnectionRejected, MalformedFrame, ReceiveTimeout, WebSocketTestUtility

pytestmark = pytest.mark.integration
Handler = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def server(handler: Handler) -> AsyncIterator[WebSocketTestUtility]:
    async with serve(handler, "127.0.0.1", 0, process_request=only_with_credentials) as listening:
        port = listening.sockets[0].getsockname()[1]
        yield WebSocketTestUtility(f"http://127.0.0.1:{port}", timeout=10)


def only_with_credentials(connection: ServerConnection, request: Request) -> Response | None:
    if request.path == "/ws?ticket=a%2Fticket" or request.headers.get("Authorization") == "Bearer a-token":
        return None
    return connection.respond(HTTPStatus.FORBIDDEN, "")


def says(*frames: str) -> AbstractAsyncContextManager[WebSocketTestUtility]:
    async def handler(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(frame)
        await connection.wait_closed()

    return server(handler)


@pytest.mark.asyncio
async def test_a_ticket_or_a_token_opens_the_socket() -> None:
    async with says('{"type": "hello"}') as utility:
        async with utility.client(ticket="a/ticket") as client:
            assert await client.receive() == {"type": "hello"}
        async with utility.client(token="a-token") as client:
            assert await client.receive() == {"type": "hello"}


@pytest.mark.asyncio
async def test_a_refused_handshake_is_told_apart_from_a_closed_socket_and_does_not_show_the_ticket() -> None:
    async with says() as utility:
        with pytest.raises(ConnectionRejected, match="HTTP 403") as refusal:
            await utility.client(ticket="stolen").connect()
        assert refusal.value.status == 403
        assert "stolen" not in str(refusal.value)


@pytest.mark.asyncio
async def test_a_close_by_the_server_names_its_code_and_what_was_waited_for() -> None:
    async def leaves(connection: ServerConnection) -> None:
        await connection.close(4001, "slow consumer")

    async with server(leaves) as utility, utility.client(token="a-token") as client:
        with pytest.raises(
            ConnectionEnded, match=r"code 4001 \(slow consumer\) while waiting for answer; nothing had arrived"
        ):
            await client.wait_for_event("answer")


@pytest.mark.asyncio
async def test_a_silent_server_is_a_timeout_that_shows_what_did_arrive() -> None:
    async with says('{"type": "hello"}') as utility, utility.client(token="a-token") as client:
        with pytest.raises(ReceiveTimeout, match=r"answer did not arrive within 0.05 s; arrived so far: 1,") as timeout:
            await client.wait_for_event("answer", timeout=0.05)
        assert "hello" in str(timeout.value)


@pytest.mark.asyncio
async def test_a_chatty_server_cannot_postpone_the_end_of_a_wait() -> None:
    async def chats(connection: ServerConnection) -> None:
        while True:
            await connection.send('{"type": "heartbeat"}')
            await asyncio.sleep(0)

    async with server(chats) as utility, utility.client(token="a-token") as client:
        with pytest.raises(ReceiveTimeout):
            await client.wait_for_event("answer", timeout=0.05)


@pytest.mark.asyncio
@pytest.mark.parametrize("frame", ["[1, 2]", "hello", '"text"', ""])
async def test_a_frame_that_is_no_json_object_is_an_error_that_shows_it(frame: str) -> None:
    async with says(frame) as utility, utility.client(token="a-token") as client:
        with pytest.raises(MalformedFrame, match="expected a JSON object"):
            await client.receive()


@pytest.mark.asyncio
async def test_events_are_given_up_to_and_including_the_last() -> None:
    frames = [json.dumps({"type": kind}) for kind in ("agent_started", "agent_completed", "heartbeat")]
    async with says(*frames) as utility, utility.client(token="a-token") as client:
        kinds = [event["type"] async for event in client.events_until({"agent_completed", "agent_error"})]
    assert kinds == ["agent_started", "agent_completed"]


@pytest.mark.asyncio
async def test_using_a_client_that_is_not_open_says_how_to_open_it() -> None:
    async with says() as utility:
        with pytest.raises(RuntimeError, match="not open; use 'async with'"):
            await utility.client(token="a-token").receive()


def test_an_address_that_is_none_is_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match=r"must look like http://host:port .* not 'localhost'"):
        WebSocketTestUtility("localhost")
