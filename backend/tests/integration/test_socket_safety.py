"""What the OWASP cheat sheet asks of a WebSocket service, line by line, against the real one."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

MIB = 1 << 20
PING = b"\x89\x04"
CLOSE_1011 = b"\x88\x18\x03\xf3keepalive ping timeout"


@contextlib.contextmanager
def opened(visitor: Any, **options: Any) -> Iterator[Any]:
    """A socket whose handshake is said in detail."""
    query = urlencode({"ticket": visitor.ticket()})
    with connect(f"ws://{urlsplit(visitor.url).netloc}/ws?{query}", **options) as opened_socket:
        yield opened_socket


def works(visitor: Any) -> bool:
    """Whether somebody can still ask and be answered."""
    with visitor.connected() as tab:
        tab.ask()
        return bool(tab.receive_run()[-1]["type"] == "agent_completed")


@pytest.fixture(scope="module")
def guarded(start_backend: Callable[..., Any]) -> Any:
    return start_backend(SOCKETS_ALLOWED_ORIGINS="https://app.example")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://app.example.evil.example"])
def test_a_page_of_another_origin_opens_no_socket_and_uses_up_no_ticket(guarded: Any, origin: str) -> None:
    visitor = guarded.visitor()
    ticket = visitor.ticket()
    url = f"ws://{urlsplit(guarded.url).netloc}/ws?{urlencode({'ticket': ticket})}"
    with pytest.raises(InvalidStatus) as refused, connect(url, origin=origin):
        pass
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body)["error"]["code"] == "origin_refused"
    with visitor.open(ticket) as tab:
        assert tab.receive()["type"] == "connection_established"


def test_pages_of_the_own_host_and_of_named_origins_are_let_in(guarded: Any) -> None:
    visitor = guarded.visitor()
    for origin in (guarded.url, "https://app.example"):
        with opened(visitor, origin=origin) as tab:
            assert json.loads(tab.recv())["type"] == "connection_established"


def test_compression_is_not_agreed_to(guarded: Any) -> None:
    with opened(guarded.visitor(), compression="deflate") as tab:
        assert tab.response.headers.get("Sec-WebSocket-Extensions") is None


def test_a_user_may_open_twenty_sockets_and_no_more(guarded: Any) -> None:
    visitor, neighbour = guarded.visitor(), guarded.visitor()
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(visitor.connected())
        with pytest.raises(InvalidStatus) as refused, visitor.connected():
            pass
        assert refused.value.response.status_code == 429
        assert works(neighbour)


def test_a_logout_closes_the_sockets_of_its_session_on_every_instance(
    start_backend: Callable[..., Any], guarded: Any
) -> None:
    other = start_backend(beside=guarded)
    laptop = guarded.visitor()
    phone = type(laptop)(laptop.url, laptop.tenant).log_in()
    with laptop.connected() as here, laptop.at(other).connected() as there, phone.connected() as kept:
        assert laptop.request("POST", "/api/logout").is_success
        assert [here.closed().code, there.closed().code] == [3500, 3500]
        kept.ask()
        assert kept.receive_run()[-1]["type"] == "agent_completed"


def test_a_session_that_ends_behind_the_services_back_is_found_out(start_backend: Callable[..., Any]) -> None:
    strict = start_backend(SOCKETS_REVALIDATION_SECONDS="0.5")
    with strict.visitor().connected() as tab:
        strict.execute("UPDATE sessions SET ended_at = now(), end_reason = 'logout'")
        assert tab.closed().code == 3500


UNHEARD_OF = ["ended_at = now(), end_reason = 'logout'", "expires_at = now()"]


@pytest.mark.parametrize("end", UNHEARD_OF)
def test_a_ticket_whose_session_ended_while_redis_did_not_hear_of_it_opens_a_socket_that_does_nothing(
    start_backend: Callable[..., Any], end: str
) -> None:
    patient = start_backend(SOCKETS_REVALIDATION_SECONDS="3600")
    visitor = patient.visitor()
    asking, silent = visitor.ticket(), visitor.ticket()
    patient.execute(f"UPDATE sessions SET {end}")
    with visitor.open(asking) as tab, visitor.open(silent) as quiet:
        with contextlib.suppress(ConnectionClosed):
            tab.ask()
        assert [tab.closed().code, quiet.closed().code] == [3500, 3500]
    assert patient.query("SELECT count(*) FROM runs") == [(0,)]


def test_a_logout_here_makes_a_ticket_useless_on_every_instance(
    start_backend: Callable[..., Any], guarded: Any
) -> None:
    other = start_backend(beside=guarded)
    visitor = guarded.visitor()
    ticket = visitor.ticket()
    assert visitor.request("POST", "/api/logout").is_success
    with pytest.raises(InvalidStatus) as refused, visitor.at(other).open(ticket):
        pass
    assert refused.value.response.status_code == 403


def test_a_client_that_answers_no_heartbeat_is_taken_for_dead(start_backend: Callable[..., Any]) -> None:
    strict = start_backend(SOCKETS_HEARTBEAT_INTERVAL_SECONDS="0.5", SOCKETS_HEARTBEAT_TIMEOUT_SECONDS="1")
    visitor = strict.visitor()
    host = urlsplit(strict.url)
    with socket.create_connection((host.hostname, host.port), timeout=60) as line:
        line.sendall(
            f"GET /ws?ticket={visitor.ticket()} HTTP/1.1\r\nHost: {host.netloc}\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            "".encode()
        )
        said = b"".join(iter(lambda: line.recv(4096), b""))
    frames = said.partition(b"\r\n\r\n")[2]
    assert b"connection_established" in frames
    assert PING in frames
    assert CLOSE_1011 in frames


def test_a_socket_that_says_nothing_is_closed_when_it_has_been_idle_for_too_long(
    start_backend: Callable[..., Any],
) -> None:
    impatient = start_backend(
        AGENTS_TIMEOUT_SECONDS="1",
        SOCKETS_RECEIVE_TIMEOUT_SECONDS="2",
        SOCKETS_HEARTBEAT_INTERVAL_SECONDS="0.5",
        SOCKETS_HEARTBEAT_TIMEOUT_SECONDS="60",
    )
    with impatient.visitor().connected() as tab:
        assert tab.receive()["type"] == "heartbeat"
        assert tab.closed().code == 3009


def test_a_flood_of_messages_is_refused_by_name_and_ends_its_own_socket_only(guarded: Any) -> None:
    flooder, neighbour = guarded.visitor(), guarded.visitor()
    codes: set[str] = set()
    with flooder.connected() as tab, neighbour.connected() as bystander:
        with contextlib.suppress(ConnectionClosed):
            for _ in range(5000):
                tab.say(type="heartbeat")
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                codes.add(tab.receive()["payload"]["code"])
        assert (codes, closed.value.rcvd.code) == ({"rate_limited"}, 3501)
        bystander.ask()
        assert bystander.receive_run()[-1]["type"] == "agent_completed"


DEEP = '{"type": "ask", "client_message_id": "m", "text": ' + "[" * 30_000 + "]" * 30_000 + "}"


def test_ten_thousand_frames_of_garbage_disturb_nobody_and_leave_no_trace_in_memory(guarded: Any) -> None:
    neighbour, process = guarded.visitor(), psutil.Process(guarded.process.pid)
    garbage = guarded.visitor()
    assert works(neighbour)
    before = process.memory_info().rss
    sent = 0
    while sent < 10_000:
        with garbage.connected() as tab, contextlib.suppress(ConnectionClosed):
            for _ in range(2_000):
                tab.socket.send("garbage" if sent % 7 else DEEP)
                sent += 1
    assert works(neighbour)
    assert process.memory_info().rss - before < 20 * MIB


def test_a_prompt_of_a_megabyte_is_refused_by_its_size(guarded: Any) -> None:
    with guarded.visitor().connected() as tab:
        with contextlib.suppress(ConnectionClosed):
            tab.ask("x" * MIB)
        assert tab.closed().code == 1009


def test_a_reader_that_is_too_slow_is_sent_away_and_holds_up_nobody(guarded: Any) -> None:
    """Each answer is 400 KB, and the client's kernel takes in 64 KB: a few fill all that may wait for one socket."""
    visitor, neighbour = guarded.visitor(), guarded.visitor()
    with visitor.connected() as quick:
        quick.ask()
        run_id = quick.receive_run()[-1]["run_id"]
    guarded.execute(f"UPDATE messages SET content = repeat('x', 200000) WHERE run_id = '{run_id}'")
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    narrow.connect((urlsplit(guarded.url).hostname, urlsplit(guarded.url).port))
    with opened(visitor, max_queue=1, sock=narrow) as slow, neighbour.connected() as bystander:
        for _ in range(40):
            slow.send(json.dumps({"type": "resume", "run": run_id, "epoch": 2, "after": 0}))
        for _ in range(8):
            bystander.ask()
            assert bystander.receive_run()[-1]["type"] == "agent_completed"
        received = 0
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                slow.recv(timeout=30)
                received += 1
    assert closed.value.rcvd is None or closed.value.rcvd.code == 3008
    assert 0 < received < 40
