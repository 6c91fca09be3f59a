"""In-loop sockets against Starlette's TestClient and httpx-ws: one echo application, alternating, one run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter

import httpx
from _measuring import publish, taking_turns
from httpx_ws import aconnect_ws
from httpx_ws.transport import ASGIWebSocketTransport
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from goldenpath.live import WebSocketTestUtility

ECHOES = 2_000
CONNECTS = 100


async def echo(websocket: WebSocket) -> None:
    """The application of all sides."""
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


APP = Starlette(routes=[WebSocketRoute("/ws", echo)])


def check(answer: str) -> None:
    """What came back is what was sent: a side that answers without asking the application would be the fastest."""
    if answer != "hello":
        raise AssertionError(answer)


def rate(times: int, once: Callable[[], object]) -> float:
    """How often a second, from a plain function."""
    start = perf_counter()
    for _ in range(times):
        once()
    return times / (perf_counter() - start)


async def rate_async(times: int, once: Callable[[], Awaitable[object]]) -> float:
    """How often a second, inside a loop that runs already."""
    start = perf_counter()
    for _ in range(times):
        await once()
    return times / (perf_counter() - start)


def our_echoes() -> float:
    """Echoes a second over one socket of ours."""

    async def main() -> float:
        async with WebSocketTestUtility(APP) as utility, utility.client() as client:

            async def once() -> None:
                await client.send_text("hello")
                check(await client.receive_text())

            return await rate_async(ECHOES, once)

    return asyncio.run(main())


def our_connects() -> float:
    """Connects, each with an echo and a close, a second."""

    async def main() -> float:
        async with WebSocketTestUtility(APP) as utility:

            async def once() -> None:
                async with utility.client() as client:
                    await client.send_text("hello")
                    check(await client.receive_text())

            return await rate_async(CONNECTS, once)

    return asyncio.run(main())


def testclient_echoes() -> float:
    """The same over a socket of Starlette's TestClient, which runs the application in another thread."""
    with TestClient(APP) as test_client, test_client.websocket_connect("/ws") as socket:

        def once() -> None:
            socket.send_text("hello")
            check(socket.receive_text())

        return rate(ECHOES, once)


def testclient_connects() -> float:
    """Connects of a TestClient whose `with` block is open, its faster way: it keeps one thread for all of them."""
    with TestClient(APP) as test_client:

        def once() -> None:
            with test_client.websocket_connect("/ws") as socket:
                socket.send_text("hello")
                check(socket.receive_text())

        return rate(CONNECTS, once)


def httpx_ws_echoes() -> float:
    """The same over httpx-ws, which frames and parses every message as on a wire."""

    async def main() -> float:
        async with httpx.AsyncClient(transport=ASGIWebSocketTransport(app=APP)) as http:
            async with aconnect_ws("http://testserver/ws", http) as socket:

                async def once() -> None:
                    await socket.send_text("hello")
                    check(await socket.receive_text())

                return await rate_async(ECHOES, once)

    return asyncio.run(main())


def measure(rounds: int = 7) -> dict[str, float]:
    """All of it."""
    ours, testclient, httpx_ws = taking_turns(our_echoes, testclient_echoes, httpx_ws_echoes, rounds=rounds)
    our_rate, testclient_rate = taking_turns(our_connects, testclient_connects, rounds=rounds)
    return {
        "echo_vs_testclient": ours / testclient,
        "echo_vs_httpx_ws": ours / httpx_ws,
        "connects_vs_testclient": our_rate / testclient_rate,
        "echoes_per_s": ours,
        "testclient_echoes_per_s": testclient,
        "httpx_ws_echoes_per_s": httpx_ws,
        "connects_per_s": our_rate,
        "testclient_connects_per_s": testclient_rate,
    }


if __name__ == "__main__":
    publish("Live sockets inside the loop, against their peers", measure)
