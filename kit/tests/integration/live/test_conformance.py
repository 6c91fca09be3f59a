"""One suite for both transports: what a test sees does not depend on whether there is a socket in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from goldenpath.live import (
    ConnectionEnded,
    ConnectionRejected,
    HandshakeFailed,
    MalformedFrame,
    ReceiveTimeout,
    ResumeBroken,
    RunCursors,
    SendTimeout,
    UnexpectedFrame,
    WebSocketTestUtility,
)

from . import server

pytestmark = [pytest.mark.integration, pytest.mark.asyncio]


@dataclass
class Ground:
    """Where the suite runs."""

    name: str
    app: Any
    utility: Callable[..., AbstractAsyncContextManager[WebSocketTestUtility]]


@pytest.fixture(params=["in the loop", "over uvicorn"])
def ground(request: pytest.FixtureRequest) -> Ground:
    app = server.application()

    @asynccontextmanager
    async def in_the_loop(path: str, **options: Any) -> AsyncIterator[WebSocketTestUtility]:
        async with WebSocketTestUtility(app, path=path, **options) as utility:
            yield utility

    @asynccontextmanager
    async def over_uvicorn(path: str, **options: Any) -> AsyncIterator[WebSocketTestUtility]:
        async with server.served(app) as address, WebSocketTestUtility(address, path=path, **options) as utility:
            yield utility

    return Ground(request.param, app, in_the_loop if request.param == "in the loop" else over_uvicorn)


async def test_text_bytes_and_json_come_back_as_they_were_sent(ground: Ground) -> None:
    async with ground.utility("/echo") as utility, utility.client() as client:
        await client.send_text("grüß dich \U0001f600")
        assert await client.receive_text() == "grüß dich \U0001f600"
        await client.send_bytes(b"\x00\xff")
        assert await client.receive_bytes() == b"\x00\xff"
        await client.send({"type": "ask", "text": "why?"})
        assert await client.receive() == {"type": "ask", "text": "why?"}
        assert client.received == [{"type": "ask", "text": "why?"}]
        assert len(client.frames) == 3


async def test_a_frame_of_another_kind_than_asked_for_is_an_error_that_shows_it(ground: Ground) -> None:
    async with ground.utility("/echo") as utility, utility.client() as client:
        await client.send_text("plain")
        with pytest.raises(MalformedFrame, match="expected a binary frame, received 'plain'"):
            await client.receive_bytes()
        await client.send_bytes(b"raw")
        with pytest.raises(MalformedFrame, match="expected a text frame, received b'raw'"):
            await client.receive_text()
        await client.send_text("[1]")
        with pytest.raises(MalformedFrame, match="expected a JSON object"):
            await client.receive()


@pytest.mark.parametrize(
    ("options", "credentials", "seen"),
    [
        ({}, {"token": "t-1"}, {"authorization": "Bearer t-1"}),
        ({"token_in": "query"}, {"token": "t/1"}, {"query": {"token": "t/1"}}),
        ({"token_in": "subprotocol"}, {"token": "t.1"}, {"subprotocols": ["bearer", "t.1"]}),
        ({}, {"ticket": "a/ticket&more"}, {"query": {"ticket": "a/ticket&more"}}),
        ({}, {"headers": {"X-User": "ada"}}, {"x-user": "ada"}),
        ({}, {"subprotocols": ["chat.v2", "chat.v1"]}, {"subprotocols": ["chat.v2", "chat.v1"]}),
        ({}, {"query": {"room": "1 & 2"}}, {"query": {"room": "1 & 2"}}),
        ({}, {"token": lambda: "fresh"}, {"authorization": "Bearer fresh"}),
    ],
)
async def test_the_server_sees_who_the_client_says_it_is(
    ground: Ground, options: dict[str, Any], credentials: dict[str, Any], seen: dict[str, Any]
) -> None:
    async with ground.utility("/who", **options) as utility, utility.client("ada", **credentials) as client:
        event = await client.receive()
        assert {name: event[name] for name in seen} == seen
        assert event["path"] == "/who"
        assert event["started"] is True
        assert client.subprotocol == (event["subprotocols"] or [None])[0]


async def test_a_secret_that_an_async_function_gets_is_asked_for_at_each_handshake(ground: Ground) -> None:
    given = iter(["first", "second"])

    async def ticket() -> str:
        return next(given)

    async with ground.utility("/who") as utility, utility.client(ticket=ticket) as client:
        assert (await client.receive())["query"] == {"ticket": "first"}
        await client.reconnect()
        assert (await client.receive())["query"] == {"ticket": "second"}


async def test_what_the_server_answers_the_handshake_with_can_be_looked_at(ground: Ground) -> None:
    async with ground.utility("/header") as utility, utility.client() as client:
        assert client.response_headers["x-served-by"] == "us"


async def test_a_close_before_accepting_is_a_rejection(ground: Ground) -> None:
    async with ground.utility("/refuse") as utility:
        with pytest.raises(ConnectionRejected, match="HTTP 403") as refusal:
            await utility.client(ticket="secret-ticket").connect()
        assert "secret-ticket" not in str(refusal.value)


async def test_a_denial_response_is_a_rejection_with_status_headers_and_body(ground: Ground) -> None:
    async with ground.utility("/deny") as utility:
        with pytest.raises(ConnectionRejected, match="HTTP 401") as refusal:
            await utility.client().connect()
        assert refusal.value.headers["x-why"] == "ticket"
        assert refusal.value.body == b'{"error":"no ticket"}'


async def test_a_redirect_is_a_rejection_and_is_not_followed(ground: Ground) -> None:
    async with ground.utility("/redirect") as utility:
        with pytest.raises(ConnectionRejected) as refusal:
            await utility.client().connect()
        assert (refusal.value.status, refusal.value.headers["location"]) == (302, "/echo")


@pytest.mark.parametrize("path", ["/crash-early", "/no-answer"])
async def test_an_application_that_fails_before_accepting_is_a_rejection_with_status_500(
    ground: Ground, path: str
) -> None:
    async with ground.utility(path) as utility:
        with pytest.raises(ConnectionRejected, match="HTTP 500"):
            await utility.client().connect()


async def test_a_path_that_is_not_there_is_a_rejection(ground: Ground) -> None:
    async with ground.utility("/nowhere") as utility:
        with pytest.raises(ConnectionRejected, match="HTTP 403"):
            await utility.client().connect()


async def test_a_handshake_without_an_answer_is_neither_accepted_nor_rejected(ground: Ground) -> None:
    async with ground.utility("/hangs", timeout=0.1) as utility:
        with pytest.raises(HandshakeFailed):
            await utility.client().connect()


async def test_a_subprotocol_that_nobody_offered_is_a_failed_handshake(ground: Ground) -> None:
    async with ground.utility("/not-offered") as utility:
        with pytest.raises(HandshakeFailed, match="subprotocol"):
            await utility.client(subprotocols=["chat.v1"]).connect()


async def test_a_close_after_accepting_is_an_ending_with_its_code_and_reason(ground: Ground) -> None:
    async with ground.utility("/closes?code=4001&reason=enough") as utility, utility.client() as client:
        await client.wait_for_event("last words")
        with pytest.raises(
            ConnectionEnded, match=r"the server closed with code 4001 \(enough\) while waiting for more"
        ) as end:
            await client.wait_for_event("more")
        assert (end.value.code, end.value.reason) == (4001, "enough")
        with pytest.raises(ConnectionEnded, match="while sending ask"):
            await client.send({"type": "ask"})


@pytest.mark.parametrize("path", ["/crash", "/returns"])
async def test_a_socket_that_the_application_left_without_a_word_is_a_broken_connection(
    ground: Ground, path: str
) -> None:
    async with ground.utility(path) as utility, utility.client() as client:
        with pytest.raises(ConnectionEnded, match="a broken connection closed with code 1006"):
            await client.wait_for_event("more")


async def test_an_ending_nobody_was_told_of_is_told_when_the_block_is_left(ground: Ground) -> None:
    async with ground.utility("/closes?code=4001&reason=enough") as utility:
        with pytest.raises(ConnectionEnded, match=r"code 4001 \(enough\) and nobody was told"):
            async with utility.client() as client:
                await client.wait_for_event("last words")
                await until(lambda: client.ending is not None)


async def test_an_ending_nobody_was_told_of_is_a_note_on_the_error_that_was(ground: Ground) -> None:
    async with ground.utility("/closes?code=4001&reason=enough") as utility:
        with pytest.raises(KeyError) as failure:
            async with utility.client("ada") as client:
                await until(lambda: client.ending is not None)
                raise KeyError("of the test")
    assert any("ada" in note and "4001" in note for note in failure.value.__notes__)


@pytest.mark.parametrize("code", [1000, 1001])
async def test_a_server_that_closes_in_the_normal_way_is_no_error_unless_more_was_waited_for(
    ground: Ground, code: int
) -> None:
    async with ground.utility(f"/closes?code={code}&reason=") as utility, utility.client() as client:
        ending = await client.wait_closed()
        assert (ending.who, ending.code) == ("the server", code)


async def test_waiting_for_an_end_that_does_not_come_is_a_timeout(ground: Ground) -> None:
    async with ground.utility("/echo") as utility, utility.client() as client:
        with pytest.raises(ReceiveTimeout, match=r"the end of the socket did not arrive within 0.05 s"):
            await client.wait_closed(timeout=0.05)


async def test_the_close_of_the_client_reaches_the_server_with_code_and_reason(ground: Ground) -> None:
    async with ground.utility("/echo") as utility:
        client = await utility.connected_client()
        await client.close(4100, "seen enough")
        await client.close()
        await until(lambda: ground.app.state.left)
        assert ground.app.state.left == [(4100, "seen enough")]
        with pytest.raises(ConnectionEnded, match="this client closed with code 4100"):
            await client.receive()


@pytest.mark.parametrize("code", [999, 1005, 1006, 5000])
async def test_a_close_code_that_cannot_be_sent_is_refused(ground: Ground, code: int) -> None:
    async with ground.utility("/echo") as utility, utility.client() as client:
        with pytest.raises(ValueError, match="a close code is from 1000 to 4999"):
            await client.close(code)


async def test_a_dropped_client_gives_the_server_no_close_frame(ground: Ground) -> None:
    async with ground.utility("/echo") as utility, utility.client() as client:
        await client.drop()
        await until(lambda: ground.app.state.left)
        assert ground.app.state.left[0][0] in {1005, 1006}
        with pytest.raises(ConnectionEnded, match="this client closed with code 1006 \\(dropped on purpose\\)"):
            await client.send_text("more")


async def test_a_server_that_lets_the_disconnect_out_has_not_failed(ground: Ground) -> None:
    async with ground.utility("/lets-the-disconnect-out") as utility, utility.client() as client:
        await client.send_text("hello")
        assert await client.receive_text() == "hello"


async def test_silence_can_be_expected_and_a_frame_breaks_it(ground: Ground) -> None:
    async with ground.utility("/echo") as utility, utility.client() as client:
        await client.expect_silence(0.02)
        await client.send_text("a noise")
        with pytest.raises(UnexpectedFrame, match="expected silence for 10 s, received 'a noise'"):
            await client.expect_silence(10)


async def test_events_are_waited_for_in_order_or_in_any(ground: Ground) -> None:
    async with ground.utility("/echo") as utility, utility.client() as client:
        for kind in ("b", "x", "a", "b", "c"):
            await client.send({"type": kind, "run": kind * 2})
        found = await client.wait_for_events("a", "c")
        assert [event["run"] for event in found] == ["aa", "cc"]
        for kind in ("b", "x", "a"):
            await client.send({"type": kind})
        assert [event["type"] for event in await client.wait_for_events("a", "b", in_order=False)] == ["b", "a"]
        await client.send({"type": "b"})
        with pytest.raises(ReceiveTimeout, match=r"a and b did not arrive within 0\.05 s; arrived so far: 9"):
            await client.wait_for_events("a", "b", timeout=0.05)


async def test_an_event_can_be_waited_for_by_what_it_says(ground: Ground) -> None:
    async with ground.utility("/echo") as utility, utility.client() as client:
        for step in range(3):
            await client.send({"type": "agent_thinking", "step": step})
        event = await client.wait_for_event("agent_thinking", where=lambda event: event["step"] == 2)
        assert event["step"] == 2


async def test_a_client_that_does_not_read_holds_the_server_up_and_loses_nothing(ground: Ground) -> None:
    async with ground.utility("/flood", inbox_limit=4) as utility, utility.client() as client:
        await ground.app.state.held_up.wait()
        assert ground.app.state.held_up_at < server.FLOOD - 1
        numbers = [(await client.wait_for_event("bulk"))["number"] for _ in range(server.FLOOD)]
        assert numbers == list(range(server.FLOOD))


async def test_a_client_that_leaves_while_it_holds_the_server_up_leaves_at_once(ground: Ground) -> None:
    async with ground.utility("/flood", inbox_limit=4) as utility:
        async with utility.client() as client:
            await ground.app.state.held_up.wait()
        assert client.ending is not None
        assert client.ending.who == "this client"


async def test_a_server_that_does_not_read_is_a_timeout_of_the_send(ground: Ground) -> None:
    async with ground.utility("/never-reads") as utility:
        client = await utility.connected_client()
        client.timeout = 0.2
        with pytest.raises(SendTimeout, match=r"bulk could not be sent within 0.2 s, the server does not read"):
            for _ in range(5_000):
                await client.send({"type": "bulk", "bulk": server.BULK})
        ground.app.state.read_on.set()
        client.timeout = 10
        await client.close()


async def test_a_client_that_comes_back_gets_exactly_what_it_missed(ground: Ground) -> None:
    async with ground.utility("/resumes", resume=RunCursors) as utility, utility.client() as client:
        await client.send({"type": "ask"})
        await client.wait_for_event("token", where=lambda event: event["seq"] == 5)
        await client.drop()
        await client.reconnect()
        await client.wait_for_event("agent_completed")
        assert [event["seq"] for event in client.received] == list(range(1, 11))


@pytest.mark.parametrize(
    ("off_by", "complaint"),
    [(-1, "event 5 of run run_1 came again"), (1, "run run_1 went on with event 7, but the next after 5 is 6")],
)
async def test_a_server_that_resumes_at_the_wrong_place_is_found_out(
    ground: Ground, off_by: int, complaint: str
) -> None:
    async with ground.utility(f"/resumes?off_by={off_by}", resume=RunCursors) as utility, utility.client() as client:
        await client.send({"type": "ask"})
        await client.wait_for_event("token", where=lambda event: event["seq"] == 5)
        await client.reconnect()
        with pytest.raises(ResumeBroken, match=complaint):
            await client.wait_for_event("agent_completed")


async def test_a_client_comes_back_on_another_instance_and_goes_on_from_where_it_was() -> None:
    async with server.served(server.application()) as one, server.served(server.application()) as other:
        utility = WebSocketTestUtility(one, path="/resumes", resume=RunCursors)
        async with utility, utility.client() as client:
            await client.send({"type": "ask"})
            await client.wait_for_event("token", where=lambda event: event["seq"] == 5)
            await client.drop()
            await client.reconnect(to=other)
            await client.wait_for_event("agent_completed")
            assert [event["seq"] for event in client.received] == list(range(1, 11))
            assert client.address == f"{other.replace('http', 'ws')}/resumes"


async def test_an_application_inside_the_loop_has_no_other_instance_to_come_back_on() -> None:
    async with WebSocketTestUtility(server.application(), path="/echo") as utility, utility.client() as client:
        with pytest.raises(ValueError, match=r"inside the loop is its only instance: there is none at 'http://h:1'"):
            await client.reconnect(to="http://h:1")
        await client.send({"type": "still here"})
        assert await client.receive() == {"type": "still here"}


async def test_what_was_unread_is_read_before_what_comes_after_the_reconnect(ground: Ground) -> None:
    async with ground.utility("/echo") as utility, utility.client() as client:
        await client.send({"type": "before"})
        await until(lambda: client.frames)
        await client.reconnect()
        await client.send({"type": "after"})
        assert [(await client.receive())["type"] for _ in range(2)] == ["before", "after"]


async def test_a_reconnect_that_is_refused_loses_nothing_of_what_was_unread(ground: Ground) -> None:
    async with ground.utility("/echo") as utility, utility.client() as client:
        await client.send({"type": "before"})
        await until(lambda: client.frames)
        client._path = "/refuse"
        with pytest.raises(ConnectionRejected):
            await client.reconnect()
        assert (await client.receive())["type"] == "before"
        client._path = "/echo"
        await client.reconnect()
        await client.send({"type": "after"})
        assert (await client.receive())["type"] == "after"


async def test_a_used_ticket_is_not_sent_twice(ground: Ground) -> None:
    async with ground.utility("/who") as utility, utility.client(ticket="once") as client:
        with pytest.raises(ValueError, match=r"a ticket opens one socket: pass reconnect\(ticket="):
            await client.reconnect()
        await client.reconnect(ticket="another")
        assert await client.wait_for_event("who", where=lambda event: event["query"]["ticket"] == "another")


async def test_many_users_talk_at_once_and_each_hears_only_its_own(ground: Ground) -> None:
    users = [f"user-{number}" for number in range(40)]
    async with ground.utility("/echo") as utility:
        async with utility.connected_clients(users, token=lambda user: f"token-of-{user}") as clients:
            for user, client in clients.items():
                await client.send({"type": "mine", "user": user})
            for user, client in clients.items():
                assert (await client.wait_for_event("mine"))["user"] == user
        assert all(client.ending is not None for client in clients.values())


async def test_what_several_clients_have_to_tell_at_the_end_is_told_together(ground: Ground) -> None:
    with pytest.raises(ExceptionGroup) as told:
        async with ground.utility("/closes?code=4001&reason=enough") as utility:
            for user in ("ada", "eve"):
                client = await utility.connected_client(user)
                await until(lambda client=client: client.ending is not None)
    assert [type(error) for error in told.value.exceptions] == [ConnectionEnded, ConnectionEnded]


async def test_a_client_is_connected_by_awaiting_it_or_for_a_block(ground: Ground) -> None:
    async with ground.utility("/echo") as utility:
        async with utility.connected_client("ada") as client:
            assert "ada" in repr(client)
            assert repr(client).endswith(", open>")
        assert repr(client).endswith(", ended>")
        other = await utility.connected_client("eve")
        with pytest.raises(RuntimeError, match=r"was opened already; reconnect\(\) opens another"):
            await other.connect()


async def until(holds: Callable[[], object]) -> None:
    """Let everything else run until it holds."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 (what it waits for has no event)
            await asyncio.sleep(0)
