from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
from websockets.asyncio.server import Request, Response, ServerConnection, serve

from goldenpath.contracts import GOLDEN_PATH
from goldenpath.live import (
    CloseUnanswered,
    ConnectionEnded,
    ConnectionRejected,
    ContractBroken,
    HandshakeFailed,
    MalformedFrame,
    ReceiveTimeout,
    SendTimeout,
    WebSocketTestUtility,
)

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
            ConnectionEnded,
            match=r"the server closed with code 4001 \(slow consumer\) while waiting for answer; nothing had",
        ):
            await client.wait_for_event("answer")


@pytest.mark.asyncio
async def test_a_silent_server_is_a_timeout_that_shows_what_did_arrive() -> None:
    async with says('{"type": "hello"}') as utility, utility.client(token="a-token") as client:
        await client.wait_for_event("hello")
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


STARTED = json.dumps({"type": "agent_started", "run_id": "run_1", "payload": {"task": "add"}})
TOO_EARLY = json.dumps({"type": "agent_completed", "run_id": "run_1", "payload": {}})


@pytest.mark.asyncio
async def test_an_event_that_breaks_the_contract_fails_where_it_is_received() -> None:
    async with says(STARTED, TOO_EARLY) as utility:
        utility.contract = GOLDEN_PATH
        async with utility.client(token="a-token") as client:
            await client.wait_for_event("agent_started")
            with pytest.raises(ContractBroken, match="agent_completed may not follow agent_started"):
                await client.wait_for_event("agent_completed")
        assert not client.report().ok


@pytest.mark.asyncio
async def test_an_event_that_nobody_received_is_checked_when_the_block_is_left() -> None:
    async with says(STARTED, TOO_EARLY) as utility:
        utility.contract = GOLDEN_PATH
        with pytest.raises(ContractBroken, match="agent_completed may not follow agent_started"):
            async with utility.client(token="a-token") as client:
                await client.wait_for_event("agent_started")


@pytest.mark.asyncio
async def test_a_failure_inside_the_block_is_not_hidden_by_what_was_left_unread() -> None:
    async with says(STARTED, TOO_EARLY) as utility:
        utility.contract = GOLDEN_PATH
        with pytest.raises(KeyError):
            async with utility.client(token="a-token"):
                raise KeyError


@pytest.mark.asyncio
async def test_sending_to_a_server_that_left_says_that_it_left() -> None:
    async def leaves(connection: ServerConnection) -> None:
        await connection.close(4002, "enough")

    async with server(leaves) as utility, utility.client(token="a-token") as client:
        with pytest.raises(ConnectionEnded):
            await client.receive()
        with pytest.raises(ConnectionEnded, match=r"the server closed with code 4002 \(enough\) while sending ask"):
            await client.send({"type": "ask"})


@pytest.mark.asyncio
async def test_a_close_of_our_own_is_not_blamed_on_the_server() -> None:
    async with says() as utility, utility.client(token="a-token") as client:
        await client.close()
        with pytest.raises(ConnectionEnded, match="this client closed with code 1000"):
            await client.receive()


@pytest.mark.asyncio
async def test_a_server_that_speaks_no_websocket_is_a_failed_handshake() -> None:
    async def speaks_otherwise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ready\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(speaks_otherwise, "127.0.0.1", 0) as listening:
        utility = WebSocketTestUtility(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}")
        with pytest.raises(HandshakeFailed, match="did not answer the WebSocket handshake"):
            await utility.client().connect()


@pytest.mark.asyncio
async def test_nobody_listening_is_a_failed_handshake() -> None:
    with pytest.raises(HandshakeFailed, match=r"ws://127\.0\.0\.1:1/ws did not answer the WebSocket handshake"):
        await WebSocketTestUtility("http://127.0.0.1:1").client(ticket="secret").connect()


@pytest.mark.asyncio
async def test_a_server_that_reads_nothing_cannot_hold_up_the_close() -> None:
    left = asyncio.Event()

    async def deaf(connection: ServerConnection) -> None:
        connection.transport.pause_reading()
        await left.wait()
        connection.transport.abort()

    async with server(deaf) as utility:
        client = await utility.connected_client(token="a-token")
        client.timeout = 0.2
        with pytest.raises(SendTimeout):
            for _ in range(5_000):
                await client.send_text("x" * 65_536)
        with pytest.raises(CloseUnanswered, match=r"did not answer the close of this client within 0\.2 s"):
            await asyncio.wait_for(client.close(), 30)
        left.set()


@pytest.mark.asyncio
async def test_a_server_with_a_certificate_of_its_own_is_reached_with_a_context_that_knows_it() -> None:
    certificates = Path(__file__).parents[1] / "services" / "tls"
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificates / "server.pem", certificates / "server.key")
    ours = ssl.create_default_context(cafile=str(certificates / "server.pem"))
    ours.check_hostname = False

    async def greets(connection: ServerConnection) -> None:
        await connection.send('{"type": "hello"}')
        await connection.wait_closed()

    async with serve(greets, "127.0.0.1", 0, ssl=theirs) as listening:
        address = f"https://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        async with WebSocketTestUtility(address, tls=ours).client() as client:
            assert await client.receive() == {"type": "hello"}
        with pytest.raises(HandshakeFailed, match="certificate"):
            await WebSocketTestUtility(address).client().connect()
