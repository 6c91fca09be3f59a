"""Two more tenants full of canaries: whatever one does over sockets, routes and keys, the other must not see."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from goldenpath.cli.demo.backend import BackendApi
from goldenpath.cli.demo.check import Check
from goldenpath.cli.demo.journey import FORGOTTEN, PATIENCE, TERMINAL
from goldenpath.cli.demo.stage import Stage
from goldenpath.live import WebSocketTestClient, WebSocketTestUtility
from goldenpath.simulation import Simulation
from goldenpath.tenancy import Actor, LeakReport, TenantMatrix

TENANTS: Final = ("umbra", "solaris")
UNKNOWN: Final = "thr_01a1fcae7e2477d6809bbd58925915d0"
"""An id that nothing has."""
HEADER: Final = b"occurred_at,team,model,prompt_tokens,completion_tokens,latency_ms,cost\n"
ENDS: Final = frozenset({*TERMINAL, FORGOTTEN, "error"})
"""What ends an answer, or stands in its place."""
SAME_ID: Final = "a message id that two tenants happen to share"


@dataclass
class _Session:
    """A tenant that is logged in, with its socket."""

    api: BackendApi
    socket: WebSocketTestClient


async def try_isolation(stage: Stage, instance: str) -> LeakReport:
    """Everything in both directions, on one instance; then Redis and the logs of both."""
    url = stage.url(instance)

    @asynccontextmanager
    async def world(_: Simulation | None) -> AsyncIterator[WebSocketTestUtility]:
        async with WebSocketTestUtility(url, timeout=PATIENCE) as sockets:
            yield sockets

    async def enter(actor: Actor) -> _Session:
        """Log in; of two tickets one is left in Redis, so that there is something to search."""
        account = (f"{actor.tenant}-{secrets.token_hex(4)}", actor.canary.email(), secrets.token_urlsafe(16))
        api = await asyncio.to_thread(BackendApi(url).signed_in, *account)
        _, ticket = [(await asyncio.to_thread(api.post, "/api/tickets", {}))["ticket"] for _ in range(2)]
        return _Session(api, await actor.world.connected_client(actor.tenant, ticket=ticket))

    cache = stage.stack["redis"].client()
    try:
        matrix = (
            TenantMatrix(world, enter, tenants=TENANTS)
            .route("GET /api/threads/{id}/messages", act=_ask, look=_messages, unknown=UNKNOWN)
            .route("GET /api/usage/imports/{id}", act=_import, look=_state_of_import)
            .query("GET /api/threads", act=_ask, look=_threads)
            .event("every event of a run", act=_bring, look=_frames)
            .event("resume of a run", act=_run, look=_resume)
            .key("client_message_id", act=_ask_with_same_id, look=_told_under_same_id)
            .shared("cache", "everything in Redis", lambda _: cache)
            .shared("logs", "what the instances wrote", lambda _: stage.written())
        )
        return await matrix.once()
    finally:
        cache.close()


def isolation_check(report: LeakReport) -> Check:
    """Whether nobody saw anything."""
    return Check("the isolation matrix finds no leak", report.ok, report.explain())


async def _ask(actor: Actor) -> str:
    """Ask something that holds this tenant's mark, and wait for the answer; the thread it is in."""
    return str((await _answer(actor, secrets.token_hex(8))).get("thread_id"))


async def _run(actor: Actor) -> str:
    return str((await _answer(actor, secrets.token_hex(8))).get("run_id"))


async def _ask_with_same_id(actor: Actor) -> str:
    return str((await _answer(actor, SAME_ID)).get("run_id"))


async def _answer(actor: Actor, message_id: str) -> dict[str, Any]:
    text = f"What did {actor.token('question')} cost us?"
    message = {"type": "ask", "thread_id": None, "text": text, "client_message_id": message_id}
    await actor.session.socket.send(message)
    return await _end(actor.session.socket)


async def _end(socket: WebSocketTestClient) -> dict[str, Any]:
    return [event async for event in socket.events_until(ENDS)][-1]


async def _bring(actor: Actor) -> str:
    """Load a record of a team and a model whose names are this tenant's marks, and ask about it."""
    await _import(actor)
    return await _ask(actor)


async def _import(actor: Actor) -> str:
    row = f"2026-01-01T09:00:00Z,{actor.token('team')},{actor.token('model')},1000,10,900,1.5\n"
    loaded = await asyncio.to_thread(actor.session.api.load, "/api/usage/imports", HEADER + row.encode())
    return actor.canary.watch(f"import {secrets.token_hex(4)}", loaded["id"])


async def _get(actor: Actor, path: str) -> Any:
    return await asyncio.to_thread(actor.session.api.request, "GET", path)


async def _messages(actor: Actor, thread: str) -> Any:
    return await _get(actor, f"/api/threads/{thread}/messages")


async def _state_of_import(actor: Actor, number: str) -> Any:
    return await _get(actor, f"/api/usage/imports/{number}")


async def _threads(actor: Actor, _: str) -> Any:
    return (await _get(actor, "/api/threads")).body


async def _frames(actor: Actor, _: str) -> list[Any]:
    return list(actor.session.socket.frames)


async def _resume(actor: Actor, run: str) -> list[Any]:
    """What a socket is told that asks for a run from its beginning."""
    socket, had = actor.session.socket, len(actor.session.socket.frames)
    await socket.send({"type": "resume", "run": run, "epoch": 1, "after": 0})
    await _end(socket)
    return list(socket.frames[had:])


async def _told_under_same_id(actor: Actor, _: str) -> list[Any]:
    """What a tenant is told that asks under an id that another one has used too."""
    socket, had = actor.session.socket, len(actor.session.socket.frames)
    await _answer(actor, SAME_ID)
    return list(socket.frames[had:])
