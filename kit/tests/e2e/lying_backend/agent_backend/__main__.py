"""A server with the backend's routes that keeps every promise of the golden path but the one named by LIE.

A run is worked on where it was asked for, until the process dies; whoever resumes it elsewhere has it finished there.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
import sys
from collections.abc import Iterator
from typing import Any

import redis
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from agent_backend.memory import Memory

LIE = os.environ["LIE"]
COLUMNS = [{"name": name, "kind": "text"} for name in ("measure", "team", "model", "calls", "saving", "risk", "why")]
FIGURES = {
    "tables": [{"title": "Savings", "columns": COLUMNS, "rows": [["Cache", "ops", "big", 1, "1.00", "low", ""]]}],
    "chart": {"bars": [{"label": "Cache", "value": "2.00" if LIE == "savings that do not add up" else "1.00"}]},
}
CALL = {"tool_call_id": "call_1", "tool_name": "totals"}
LAST = "How much could each team save?"
memory = Memory(os.environ["AGENT_BACKEND_DATABASE_URL"])


async def register(request: Request) -> JSONResponse:
    return JSONResponse({}, 201)


async def login(request: Request) -> Response:
    if LIE == "a page instead of an answer":
        return HTMLResponse("<h1>Welcome</h1>")
    return JSONResponse({"access_token": (await request.json())["tenant"]})


async def create_ticket(request: Request) -> JSONResponse:
    ticket = secrets.token_hex(8)
    memory.put("ticket", ticket, tenant_of(request), None)
    return JSONResponse({"ticket": ticket}, 201)


async def usage(request: Request) -> JSONResponse:
    records = await request.body()
    number = f"imp_{secrets.token_hex(8)}"
    memory.put("import", number, tenant_of(request), records.decode())
    return JSONResponse({"id": number, "stored": records.count(b"\n") - 1 - (LIE == "records get lost")}, 201)


async def state_of_import(request: Request) -> JSONResponse:
    number = request.path_params["number"]
    known = [body for tenant, body in memory.all("import", number) if tenant == tenant_of(request)]
    return JSONResponse({"id": number}) if known else JSONResponse({}, 404)


async def threads(request: Request) -> JSONResponse:
    tenant = tenant_of(request)
    mine = [memory.all("question", thread) for thread in memory.of("question", tenant)]
    return JSONResponse({"threads": [{"title": questions[0][1]} for questions in mine]})


async def messages(request: Request) -> JSONResponse:
    tenant, thread = tenant_of(request), request.path_params["thread_id"]
    asked, answered = memory.all("question", thread), memory.all("answer", thread)
    if not asked or (asked[0][0] != tenant and LIE != "foreign threads answer"):
        return JSONResponse({}, 404)
    stored = [{"role": "user", "content": text} for _, text in asked]
    stored += [{"role": "assistant", "content": text} for _, text in answered if LIE != "nothing is stored"]
    return JSONResponse({"messages": stored})


def tenant_of(request: Request) -> str:
    return request.headers["Authorization"].removeprefix("Bearer ")


async def talk(websocket: WebSocket) -> None:
    ticket = websocket.query_params["ticket"]
    known = memory.all("ticket", ticket)
    tenant = known[0][0] if known and LIE == "tickets work twice" else memory.take("ticket", ticket)
    if tenant is None:
        await websocket.close()
        return
    await websocket.accept()
    await websocket.send_json({"type": "connection_established"})
    try:
        async for message in websocket.iter_json():
            await answer(websocket, tenant, message)
    except (WebSocketDisconnect, ConnectionError):
        return


async def answer(websocket: WebSocket, tenant: str, message: dict[str, Any]) -> None:
    """Take a question or a resumption."""
    if message["type"] == "resume":
        await resume(websocket, tenant, message["run"], message["after"])
        return
    known = memory.all("message", f"{tenant} {message['client_message_id']}")
    if known:
        await resume(websocket, tenant, known[0][1], 0)
        return
    run, thread = secrets.token_hex(8), message["thread_id"] or secrets.token_hex(8)
    memory.put("message", f"{tenant} {message['client_message_id']}", tenant, run)
    memory.put("question", thread, tenant, message["text"])
    if LIE == "Redis keeps what was asked":
        with redis.Redis.from_url(os.environ["AGENT_BACKEND_REDIS_URL"]) as cache:
            cache.set("asked last", message["text"])
    memory.put("run", run, tenant, [thread, message["text"]])
    for event in story(tenant, run, thread, message["text"], 0):
        await websocket.send_json(event)
        if event["type"] == "agent_thinking" and message["text"] == LAST:
            await asyncio.Event().wait()
        if event["type"] == "agent_thinking" and LIE == "the connection is lost":
            await websocket.close(1011)
            raise WebSocketDisconnect


async def resume(websocket: WebSocket, tenant: str, run: str, after: int) -> None:
    """Tell what is missing of a run, of which all that follows happens here."""
    known = memory.all("run", run)
    if known and known[0][1][1] == LAST and LIE == "runs die with their instance":
        known = []
    if not known or (known[0][0] != tenant and LIE != "foreign runs are resumed"):
        await websocket.send_json({"type": "reset", "payload": {"run_id": run, "reason": "unknown_run"}})
        return
    thread, text = known[0][1]
    after += (LIE == "an event is lost") - (LIE == "an event comes twice")
    for event in story(tenant, run, thread, text, after):
        await websocket.send_json(event)


def story(tenant: str, run: str, thread: str, question: str, after: int) -> Iterator[dict[str, Any]]:
    """The events of a run from one on; its answer is stored with the last."""
    text = "another tenant is acme or globex" if LIE == "answers name other tenants" else f"you asked {question}"
    words = [records for number in memory.of("import", tenant) for _, records in memory.all("import", number)]
    result = {"text": text, "words": [] if len(words) == 1 else words, **FIGURES}
    events = [
        ("agent_started", {"task": question}),
        ("agent_thinking", {"reasoning": "so", "step": 1, "progress": 0.5}),
        ("tool_executing", {**CALL, "parameters": {}}),
        ("tool_completed", {**CALL, "result": {}, "duration_ms": 1, "ok": True}),
        ("agent_completed", {"status": "completed", "result": result, "duration_ms": 2}),
    ]
    if LIE == "events out of order":
        events[1], events[2] = events[2], events[1]
    if LIE == "the run fails":
        events[4] = ("agent_error", {"code": "internal_error", "message": "it failed", "retryable": True})
    for seq, (kind, payload) in enumerate(events, 1):
        if seq > after:
            if kind == "agent_completed" and not any(body == run for _, body in memory.all("done", run)):
                memory.put("done", run, tenant, run)
                memory.put("answer", thread, tenant, text)
            place = {"run_id": run, "thread_id": thread, "seq": seq, "epoch": 1}
            yield {"type": kind, **place, "payload": payload}


app = Starlette(
    routes=[
        Route("/api/register", register, methods=["POST"]),
        Route("/api/login", login, methods=["POST"]),
        Route("/api/tickets", create_ticket, methods=["POST"]),
        Route("/api/usage/imports", usage, methods=["POST"]),
        Route("/api/usage/imports/{number}", state_of_import),
        Route("/api/threads", threads),
        Route("/api/threads/{thread_id}/messages", messages),
        WebSocketRoute("/ws", talk),
    ]
)

with socket.socket() as listener:
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    sys.stdout.write(json.dumps({"event": "ready", "url": url, "pid": os.getpid()}) + "\n")
    sys.stdout.flush()
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
