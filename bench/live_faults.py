"""Thousands of connect/echo/close cycles against a server that misbehaves at random: what was hung, hidden or leaked.

`measure(cycles, seed)` is what the tests run with fewer cycles. Which fault meets which cycle is the seed's choice.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from threading import Event, Thread
from typing import Any

from _measuring import publish
from websockets.asyncio.server import Request, Response, ServerConnection, serve

from goldenpath.live import (
    CloseUnanswered,
    ConnectionEnded,
    ConnectionRejected,
    HandshakeFailed,
    LiveError,
    ReceiveTimeout,
    WebSocketTestUtility,
)

CYCLES = 2_000
AT_ONCE = 25
PATIENCE = 1.0
"""Seconds that a client waits for anything."""
HUNG = 20.0
"""Seconds after which a cycle counts as hung: far more than all of its time-outs together."""


@dataclass(frozen=True)
class Fault:
    """What the server does, and what the client has to be told of it: nothing at all, or one of these errors."""

    name: str
    weight: int
    told: tuple[type[LiveError], ...] = ()


FAULTS = (
    Fault("none", 8),
    Fault("slow", 4),
    Fault("rejected", 2, (ConnectionRejected,)),
    Fault("closed", 3, (ConnectionEnded,)),
    Fault("reset", 3, (ConnectionEnded,)),
    Fault("reset after the echo", 2, (ConnectionEnded, CloseUnanswered)),
    Fault("garbage frames", 3, (ConnectionEnded,)),
    Fault("half a frame", 2, (ConnectionEnded,)),
    Fault("garbage for a handshake", 2, (HandshakeFailed,)),
    Fault("half open before the handshake", 1, (HandshakeFailed,)),
    Fault("half open after the handshake", 1, (ReceiveTimeout,)),
    Fault("close not answered", 1, (CloseUnanswered,)),
)


class FaultyServer:
    """A server in a thread and a loop of its own, so that what is left in the client's loop is the client's."""

    def __init__(self) -> None:
        self.address = ""
        self._ready = Event()
        self._thread = Thread(target=lambda: asyncio.run(self._serve()), name="faulty server")

    def __enter__(self) -> FaultyServer:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop, self._leave = asyncio.get_running_loop(), asyncio.Event()
        options: dict[str, Any] = {"open_timeout": None, "close_timeout": 1, "ping_interval": None}
        async with serve(self._talk, "127.0.0.1", 0, process_request=self._handshake, backlog=512, **options) as server:
            self.address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            self._ready.set()
            await self._leave.wait()
            for connection in server.connections:
                connection.transport.abort()

    async def _handshake(self, connection: ServerConnection, request: Request) -> Response | None:
        match fault_of(request):
            case "rejected":
                return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")
            case "garbage for a handshake":
                connection.transport.write(b"220 mail.example ready\r\n\r\n")
                connection.transport.close()
            case "half open before the handshake":
                await self._leave.wait()
        return None

    async def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        fault, transport = fault_of(connection.request), connection.transport
        if fault in {"half open after the handshake", "close not answered"}:
            echo = await connection.recv()
            transport.pause_reading()
            if fault == "close not answered":
                await connection.send(echo)
            await self._leave.wait()
            return
        echo = await connection.recv()
        if fault == "slow":
            await asyncio.sleep(random.Random(echo).random() * PATIENCE / 5)
        if fault in {"none", "slow", "reset after the echo"}:
            await connection.send(echo)
        if fault in {"reset", "reset after the echo"}:
            linger = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            transport.abort()
        elif fault == "closed":
            await connection.close(random.Random(echo).choice((1000, 1001, 1011, 3008, 4001)), "on purpose")
        elif fault == "garbage frames":
            transport.write(b"\xff" + random.Random(echo).randbytes(40))
        elif fault == "half a frame":
            transport.write(b"\x81\x20half")
            transport.close()
        await connection.wait_closed()


def fault_of(request: Request) -> str:
    """The fault that the client was dealt."""
    return FAULTS[int(request.path.rpartition("=")[2])].name


@contextmanager
def unraised() -> Iterator[list[str]]:
    """What the client's loop was told that no code was: failed callbacks, errors of tasks that nobody awaited."""
    told: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context["message"]))
    yield told
    asyncio.get_running_loop().set_exception_handler(None)


async def cycles(address: str, count: int, seed: int) -> Mapping[str, Any]:
    """Run them, some at once, and count how each one ended."""
    dealt = random.Random(seed).choices(range(len(FAULTS)), [fault.weight for fault in FAULTS], k=count)
    gate, seen = asyncio.Semaphore(AT_ONCE), Counter[str]()
    wrong: list[str] = []
    before = asyncio.all_tasks()

    async def cycle(number: int, fault: Fault, utility: WebSocketTestUtility) -> None:
        error: Exception | None = None
        try:
            async with asyncio.timeout(HUNG):
                query = {"fault": str(FAULTS.index(fault))}
                async with utility.client(query=query) as client:
                    await client.send_text(f"{seed} {number}")
                    assert await client.receive_text() == f"{seed} {number}"
        except Exception as raised:
            error = raised
        seen[fault.name] += 1
        expected = isinstance(error, fault.told) if fault.told else error is None
        if not expected:
            wrong.append(f"{number} {fault.name}: {error!r}")

    async def turn(number: int, fault: int, utility: WebSocketTestUtility) -> None:
        async with gate:
            await cycle(number, FAULTS[fault], utility)

    with unraised() as told:
        async with WebSocketTestUtility(address, timeout=PATIENCE) as utility:
            await asyncio.gather(*(turn(number, fault, utility) for number, fault in enumerate(dealt)))
        leaked = [task.get_name() for task in asyncio.all_tasks() - before]
    return {"cycles": count, "seed": seed, "faults": dict(seen), "wrong": wrong, "unraised": told, "leaked": leaked}


def measure(count: int = CYCLES, seed: int = 1) -> Mapping[str, Any]:
    """All of it against one server."""
    with FaultyServer() as server:
        return asyncio.run(cycles(server.address, count, seed))


if __name__ == "__main__":
    publish("Connect/echo/close cycles against a server that misbehaves at random", measure)
