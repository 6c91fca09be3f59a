"""One application with a path for each way a server can behave, and uvicorn to serve it over real sockets."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

FLOOD = 400
BULK = "x" * 65_536


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            websocket.app.state.left.append((message["code"], message.get("reason") or ""))
            return
        await websocket.send({**message, "type": "websocket.send"})


async def lets_the_disconnect_out(websocket: WebSocket) -> None:
    await websocket.accept()
    while True:
        await websocket.send_text(await websocket.receive_text())


async def who(websocket: WebSocket) -> None:
    await websocket.accept(subprotocol=(websocket.scope["subprotocols"] or [None])[0])
    await websocket.send_json(
        {
            "type": "who",
            "path": websocket.scope["path"],
            "query": dict(websocket.query_params),
            "authorization": websocket.headers.get("authorization"),
            "x-user": websocket.headers.get("x-user"),
            "subprotocols": websocket.scope["subprotocols"],
            "started": websocket.state.started,
        }
    )
    await websocket.receive()


async def refuse(websocket: WebSocket) -> None:
    await websocket.close()


async def deny(websocket: WebSocket) -> None:
    await websocket.send_denial_response(JSONResponse({"error": "no ticket"}, 401, headers={"x-why": "ticket"}))


async def redirect(websocket: WebSocket) -> None:
    await websocket.send_denial_response(JSONResponse({}, 302, headers={"location": "/echo"}))


async def crash_early(websocket: WebSocket) -> None:
    raise LookupError("before accepting")


async def no_answer_at_all(websocket: WebSocket) -> None:
    return


async def hangs(websocket: WebSocket) -> None:
    await asyncio.Event().wait()


async def closes(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json({"type": "last words"})
    await websocket.close(int(websocket.query_params["code"]), websocket.query_params["reason"])


async def crash(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json({"type": "last words"})
    raise LookupError("after accepting")


async def returns(websocket: WebSocket) -> None:
    await websocket.accept()


async def serves_a_header(websocket: WebSocket) -> None:
    await websocket.accept(headers=[(b"X-Served-By", b"us")])
    await websocket.receive()


async def chooses_what_was_not_offered(websocket: WebSocket) -> None:
    await websocket.accept(subprotocol="never-offered")
    await websocket.receive()


async def flood(websocket: WebSocket) -> None:
    """Sends more than any buffer between holds, and tells when it was held up."""
    await websocket.accept()
    state = websocket.app.state
    for number in range(FLOOD):
        sending = asyncio.ensure_future(websocket.send_json({"type": "bulk", "number": number, "bulk": BULK}))
        done, _ = await asyncio.wait({sending}, timeout=0.1)
        if not done:
            state.held_up_at = number
            state.held_up.set()
        await sending
    await websocket.receive()


async def never_reads(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.app.state.read_on.wait()
    async for _ in websocket.iter_text():
        pass


async def resumes(websocket: WebSocket) -> None:
    """A log of ten events: five on a first socket; on a later one what is missing after the client's last."""
    log = [{"type": "token", "run_id": "run_1", "epoch": "e1", "seq": seq} for seq in range(1, 10)]
    log.append({"type": "agent_completed", "run_id": "run_1", "epoch": "e1", "seq": 10})
    await websocket.accept()
    message = await websocket.receive_json()
    if message["type"] == "resume":
        after = message["after"] + int(websocket.query_params.get("off_by", "0"))
        for event in log[after:]:
            await websocket.send_json(event)
    else:
        for event in log[:5]:
            await websocket.send_json(event)
    await websocket.receive()


ROUTES = {
    "/echo": echo,
    "/lets-the-disconnect-out": lets_the_disconnect_out,
    "/who": who,
    "/refuse": refuse,
    "/deny": deny,
    "/redirect": redirect,
    "/crash-early": crash_early,
    "/no-answer": no_answer_at_all,
    "/hangs": hangs,
    "/closes": closes,
    "/crash": crash,
    "/returns": returns,
    "/header": serves_a_header,
    "/not-offered": chooses_what_was_not_offered,
    "/flood": flood,
    "/never-reads": never_reads,
    "/resumes": resumes,
}


def application() -> Starlette:
    """A fresh one, with what its paths remember of their clients."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        app.state.left = []
        app.state.held_up, app.state.read_on = asyncio.Event(), asyncio.Event()
        yield {"started": True}

    return Starlette(routes=[WebSocketRoute(path, endpoint) for path, endpoint in ROUTES.items()], lifespan=lifespan)


class Server(uvicorn.Server):
    """uvicorn in the loop of the tests, which keeps its hands off their signals and says when it is up."""

    def __init__(self, app: Any) -> None:
        super().__init__(uvicorn.Config(app, log_level="critical", timeout_graceful_shutdown=1))
        self.up, self.leave = asyncio.Event(), asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.up.set()

    async def main_loop(self) -> None:
        await self.leave.wait()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """The address at which uvicorn serves the application."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = Server(app)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    await server.up.wait()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.leave.set()
        await task
        listening.close()
