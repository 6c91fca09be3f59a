"""A server with the backend's routes that keeps every promise of the golden path but the one named by LIE."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

LIE = os.environ["LIE"]
COLUMNS = [{"name": name, "kind": "text"} for name in ("measure", "team", "model", "calls", "saving", "risk", "why")]
FIGURES = {
    "tables": [{"title": "Savings", "columns": COLUMNS, "rows": [["Cache", "ops", "big", 1, "1.00", "low", ""]]}],
    "chart": {"bars": [{"label": "Cache", "value": "2.00" if LIE == "savings that do not add up" else "1.00"}]},
}
tickets: dict[str, str] = {}
answers: dict[str, tuple[str, list[str]]] = {}


async def register(request: Request) -> JSONResponse:
    return JSONResponse({}, 201)


async def login(request: Request) -> Response:
    if LIE == "a page instead of an answer":
        return HTMLResponse("<h1>Welcome</h1>")
    return JSONResponse({"access_token": (await request.json())["tenant"]})


async def create_ticket(request: Request) -> JSONResponse:
    ticket = secrets.token_hex(8)
    tickets[ticket] = tenant_of(request)
    return JSONResponse({"ticket": ticket}, 201)


async def usage(request: Request) -> JSONResponse:
    lines = (await request.body()).count(b"\n") - 1
    return JSONResponse({"stored": lines - (LIE == "records get lost")}, 201)


async def messages(request: Request) -> JSONResponse:
    tenant, texts = answers[request.path_params["thread_id"]]
    if tenant != tenant_of(request) and LIE != "foreign threads answer":
        return JSONResponse({}, 404)
    stored = [{"role": "assistant", "content": text} for text in texts]
    return JSONResponse({"messages": [] if LIE == "nothing is stored" else stored})


def tenant_of(request: Request) -> str:
    return request.headers["Authorization"].removeprefix("Bearer ")


async def talk(websocket: WebSocket) -> None:
    ticket = websocket.query_params["ticket"]
    tenant = tickets.get(ticket) if LIE == "tickets work twice" else tickets.pop(ticket, None)
    if tenant is None:
        await websocket.close()
        return
    await websocket.accept()
    await websocket.send_json({"type": "connection_established"})
    thread = secrets.token_hex(8)
    answers[thread] = (tenant, [])
    for _ in range(3):
        await websocket.receive_json()
        await work(websocket, thread)
        if LIE == "the connection is lost":
            await websocket.close(1011)
            return
    await websocket.close()


async def work(websocket: WebSocket, thread: str) -> None:
    run = secrets.token_hex(8)
    text = "another tenant is acme or globex" if LIE == "answers name other tenants" else "you spent it"
    answers[thread][1].append(text)
    call = {"tool_call_id": "call_1", "tool_name": "totals"}
    events = [
        ("agent_started", {"task": "answer"}),
        ("agent_thinking", {"reasoning": "so", "step": 1, "progress": 0.5}),
        ("tool_executing", {**call, "parameters": {}}),
        ("tool_completed", {**call, "result": {}, "duration_ms": 1, "ok": True}),
        ("agent_completed", {"status": "completed", "result": {"text": text, **FIGURES}, "duration_ms": 2}),
    ]
    if LIE == "events out of order":
        events[1], events[2] = events[2], events[1]
    if LIE == "the run fails":
        events[4] = ("agent_error", {"code": "internal_error", "message": "it failed", "retryable": True})
    if LIE == "the connection is lost":
        del events[2:]
    for seq, (kind, payload) in enumerate(events, 1):
        await websocket.send_json({"type": kind, "run_id": run, "thread_id": thread, "seq": seq, "payload": payload})


app = Starlette(
    routes=[
        Route("/api/register", register, methods=["POST"]),
        Route("/api/login", login, methods=["POST"]),
        Route("/api/tickets", create_ticket, methods=["POST"]),
        Route("/api/usage/imports", usage, methods=["POST"]),
        Route("/api/threads/{thread_id}/messages", messages),
        WebSocketRoute("/ws", talk),
    ]
)

with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    sys.stdout.write(json.dumps({"event": "ready", "url": f"http://127.0.0.1:{listener.getsockname()[1]}"}) + "\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
