"""What only an application inside the loop can do: be started, be found failing or hanging, run in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from goldenpath.contracts import GOLDEN_PATH
from goldenpath.live import (
    ConnectionEnded,
    ConnectionRejected,
    ContractBroken,
    LifespanFailed,
    MalformedFrame,
    ReaderFailed,
    ReceiveTimeout,
    ServerFailed,
    ServerHung,
    WebSocketTestClient,
    WebSocketTestUtility,
)
from goldenpath.simulation import Simulation

pytestmark = pytest.mark.asyncio


async def accepts(receive: Any, send: Any) -> None:
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})


def sends(*messages: dict[str, Any], accept: bool = True) -> Any:
    """An application that sends these messages and waits for the client to leave."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if accept:
            await accepts(receive, send)
        for message in messages:
            await send(message)
        await receive()

    return app


def text(content: str) -> dict[str, Any]:
    return {"type": "websocket.send", "text": content}


async def test_an_error_after_the_client_left_is_raised_when_the_socket_is_closed() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await accepts(receive, send)
        await receive()
        raise LookupError("while cleaning up")

    async with WebSocketTestUtility(app, lifespan="off") as utility:
        with pytest.raises(ServerFailed, match="LookupError\\('while cleaning up'\\)") as failure:
            async with utility.client():
                pass
        assert isinstance(failure.value.__cause__, LookupError)


async def test_the_error_of_an_application_is_the_cause_of_what_its_client_is_told() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/late":
            await accepts(receive, send)
        raise LookupError("no such agent")

    async with WebSocketTestUtility(app, lifespan="off") as utility:
        with pytest.raises(ConnectionRejected, match="HTTP 500 \\(no such agent\\)") as refusal:
            await utility.client().connect()
        assert isinstance(refusal.value.__cause__, LookupError)
        async with utility.client(path="/late") as client:
            with pytest.raises(ConnectionEnded, match="raised LookupError\\('no such agent'\\)") as end:
                await client.receive()
            assert isinstance(end.value.__cause__, LookupError)


async def test_an_application_that_does_not_return_when_its_client_left_is_cancelled_and_named() -> None:
    cancelled = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await accepts(receive, send)
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async with WebSocketTestUtility(app, lifespan="off", timeout=0.05) as utility:
        with pytest.raises(ServerHung, match=r"did not return within 0.05 s after the socket was closed"):
            async with utility.client():
                pass
    assert cancelled.is_set()


async def test_a_client_that_waits_for_room_hears_at_once_that_the_server_closed() -> None:
    full = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await accepts(receive, send)
        await full.wait()
        await send({"type": "websocket.close", "code": 4009, "reason": "too much"})

    async def fill(client: WebSocketTestClient) -> None:
        for number in range(2_000):
            if number == 1_000:
                full.set()
            await client.send_text("more")

    async with WebSocketTestUtility(app, lifespan="off", timeout=30) as utility, utility.client() as client:
        with pytest.raises(ConnectionEnded, match=r"the server closed with code 4009 \(too much\) while sending"):
            await asyncio.wait_for(fill(client), 10)


@pytest.mark.parametrize(
    ("app", "objection"),
    [
        (sends(text("too early"), accept=False), "sent 'websocket.send' before it answered the handshake"),
        (sends({"type": "websocket.accept"}), "sent 'websocket.accept' on an open socket"),
        (sends({"type": "websocket.close"}, text("too late")), "'websocket.send' after it had closed the socket"),
        (sends({"type": "websocket.send"}), "needs 'text' as str or 'bytes' as bytes, got NoneType"),
        (sends({"type": "http.response.start"}), "sent 'http.response.start' on an open socket"),
    ],
)
async def test_an_application_that_breaks_the_protocol_is_told_and_the_test_too(app: Any, objection: str) -> None:
    async with WebSocketTestUtility(app, lifespan="off") as utility:
        with pytest.raises((ConnectionRejected, ConnectionEnded, ServerFailed), match=objection):
            async with utility.client() as client:
                await client.wait_closed()
                raise ConnectionEnded(client.ending, "told", [])


async def test_an_event_is_judged_when_it_arrives_and_told_where_it_is_read() -> None:
    started = '{"type": "agent_started", "run_id": "run_1", "payload": {"task": "add"}}'
    too_early = '{"type": "agent_completed", "run_id": "run_1", "payload": {}}'
    app = sends(text(started), text(too_early))
    async with WebSocketTestUtility(app, lifespan="off", contract=GOLDEN_PATH) as utility:
        async with utility.client() as client:
            await client.wait_for_event("agent_started")
            with pytest.raises(ContractBroken, match="agent_completed may not follow agent_started"):
                await client.receive()
            assert not client.report().ok
        client = await utility.connected_client()
        await asyncio.sleep(0)
        with pytest.raises(ContractBroken):
            await client.send({"type": "ask"})
        await client.close()
        with pytest.raises(ContractBroken):
            async with utility.client() as unread:
                await unread.wait_for_event("agent_started")


@pytest.mark.parametrize("frame", ["[1, 2]", "hello", '"text"', "", "{", "{" * 100_000])
async def test_with_a_contract_a_frame_that_is_no_object_is_an_error_even_unread(frame: str) -> None:
    async with WebSocketTestUtility(sends(text(frame)), lifespan="off", contract=GOLDEN_PATH) as utility:
        with pytest.raises(MalformedFrame):
            async with utility.client():
                await asyncio.sleep(0)


async def test_an_application_that_never_stops_talking_cannot_postpone_the_end_of_a_wait() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await accepts(receive, send)
        while True:
            await send(text('{"type": "heartbeat"}'))
            await asyncio.sleep(0)

    async with WebSocketTestUtility(app, lifespan="off", inbox_limit=8) as utility, utility.client() as client:
        async with asyncio.timeout(20):
            with pytest.raises(ReceiveTimeout, match=r"answer did not arrive within 0\.05 s; arrived so far: "):
                await client.wait_for_event("answer", timeout=0.05)


class Broken:
    """A way to resume that fails itself."""

    def note(self, event: Any) -> None:
        raise LookupError("a bug of the test")

    def ask(self) -> list[Any]:
        return []


async def test_a_reader_that_fails_is_told_at_the_next_call_and_is_no_fault_of_the_application() -> None:
    async with WebSocketTestUtility(sends(text("{}")), lifespan="off", resume=Broken) as utility:
        async with utility.client() as client:
            with pytest.raises(ReaderFailed, match="LookupError\\('a bug of the test'\\)"):
                await client.receive()
        with pytest.raises(ReaderFailed):
            async with utility.client():
                await asyncio.sleep(0)


def lifespan_app(*, startup: str = "", shutdown: str = "", during: str = "") -> tuple[Any, list[str]]:
    steps: list[str] = []

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, str]]:
        if startup:
            raise LookupError(startup)
        steps.append("up")
        yield {"store": "open"}
        steps.append("down")
        if shutdown:
            raise LookupError(shutdown)

    async def tells(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_json({"store": websocket.state.store})
        await websocket.receive()

    return Starlette(routes=[WebSocketRoute("/ws", tells)], lifespan=lifespan), steps


async def test_the_application_is_started_before_the_first_socket_and_shut_down_after_the_last() -> None:
    app, steps = lifespan_app()
    utility = WebSocketTestUtility(app)
    for _ in range(2):
        async with utility, utility.client() as client:
            assert await client.receive() == {"store": "open"}
            assert steps[-1] == "up"
    assert steps == ["up", "down"] * 2


async def test_an_application_that_was_not_started_opens_no_socket() -> None:
    app, _ = lifespan_app()
    with pytest.raises(RuntimeError, match="the application was not started: use 'async with WebSocketTestUtility"):
        await WebSocketTestUtility(app).client().connect()


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
async def test_a_lifespan_that_fails_fails_the_block_and_says_in_which_phase(phase: str) -> None:
    app, _ = lifespan_app(**{phase: "the store is locked"})
    with pytest.raises(LifespanFailed, match=f"(?s)the application's {phase} failed: .*the store is locked"):
        async with WebSocketTestUtility(app):
            assert phase == "shutdown"


async def test_an_application_without_a_lifespan_needs_none_unless_it_was_said_to_have_one() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            raise NotImplementedError(scope["type"])
        await accepts(receive, send)
        await receive()

    async with WebSocketTestUtility(app) as utility, utility.client():
        pass
    with pytest.raises(LifespanFailed, match="NotImplementedError\\('lifespan'\\)"):
        async with WebSocketTestUtility(app, lifespan="on"):
            pass


async def test_a_lifespan_that_began_and_then_failed_is_not_taken_for_none() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise LookupError("no store")

    with pytest.raises(LifespanFailed, match="startup failed: LookupError\\('no store'\\)"):
        async with WebSocketTestUtility(app):
            pass


@pytest.mark.parametrize("phase", ["startup", "shutdown"])
async def test_a_lifespan_that_does_not_answer_has_an_end(phase: str) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if phase == "shutdown":
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await asyncio.Event().wait()

    with pytest.raises(LifespanFailed, match=f"{phase} failed: no answer within 0.05 s"):
        async with WebSocketTestUtility(app, timeout=0.05):
            pass


async def test_a_lifespan_that_dies_in_between_is_told_at_the_end() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        raise LookupError("the pump broke")

    with pytest.raises(LifespanFailed, match="the pump broke"):
        async with WebSocketTestUtility(app):
            await asyncio.sleep(0)


async def test_nothing_is_left_running_whatever_happened() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await accepts(receive, send)
        await asyncio.Event().wait()

    before = asyncio.all_tasks()
    with pytest.raises(KeyError):
        async with WebSocketTestUtility(app, lifespan="off", timeout=0.02) as utility:
            await utility.connected_client()
            await utility.client().connect()
            raise KeyError
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize(
    ("options", "objection"),
    [
        ({"path": "ws"}, "path begins with a slash"),
        ({"timeout": 0}, "timeout is a positive number"),
        ({"lifespan": "maybe"}, "lifespan is one of auto, on, off"),
    ],
)
async def test_options_that_make_no_sense_are_refused(options: dict[str, Any], objection: str) -> None:
    with pytest.raises(ValueError, match=objection):
        WebSocketTestUtility(sends(), **options)


def hour_long_agent() -> Any:
    async def agent(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.receive_json()
        await asyncio.sleep(3600)
        await websocket.send_json({"type": "agent_completed"})
        try:
            await websocket.receive()
        except WebSocketDisconnect:
            return

    return Starlette(routes=[WebSocketRoute("/ws", agent)])


def talk(seconds: float) -> str:
    async def main(simulation: Simulation) -> float:
        async with WebSocketTestUtility(hour_long_agent()) as utility, utility.client() as client:
            await client.send({"type": "ask"})
            await client.wait_for_event("agent_completed", timeout=seconds)
            return simulation.now

    simulation = Simulation(seed=3)
    assert simulation.run(main) == 3600
    return simulation.trace_hash


@pytest.mark.asyncio(loop_scope="function")
async def test_in_a_simulation_an_hour_costs_nothing_and_a_seed_is_a_conversation() -> None:
    loop = asyncio.get_running_loop()
    first, second = [await loop.run_in_executor(None, talk, 4000) for _ in range(2)]
    assert first == second
    with pytest.raises(ReceiveTimeout, match="within 100 s"):
        await loop.run_in_executor(None, talk, 100)
