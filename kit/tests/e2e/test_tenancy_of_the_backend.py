"""The reference backend on real services, searched for one tenant's marks with the eyes of another."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
import redis

from goldenpath.cli.demo.backend import BackendApi
from goldenpath.cli.demo.stage import backend
from goldenpath.contracts import GOLDEN_PATH
from goldenpath.live import WebSocketTestClient, WebSocketTestUtility
from goldenpath.services import ServiceStack
from goldenpath.simulation import Simulation
from goldenpath.tenancy import Actor, TenantMatrix

pytestmark = pytest.mark.e2e
UNKNOWN = "thr_01a1fcae7e2477d6809bbd58925915d0"


@dataclass
class World:
    stack: ServiceStack
    sockets: WebSocketTestUtility


@dataclass
class Session:
    api: BackendApi
    socket: WebSocketTestClient


@pytest.fixture(scope="module")
def stack() -> Iterator[ServiceStack]:
    with ServiceStack("postgres", "redis", replace(backend(0), start_timeout=120)) as stack:
        yield stack


async def enter(actor: Actor) -> Session:
    account = (f"{actor.tenant}-{secrets.token_hex(4)}", actor.canary.email("email"), secrets.token_urlsafe(16))
    api = await asyncio.to_thread(BackendApi(actor.world.stack["backend"].url).signed_in, *account)

    async def ticket() -> str:
        answer = await asyncio.to_thread(api.post, "/api/tickets", {})
        return str(answer["ticket"])

    return Session(api, await actor.world.sockets.connected_client(actor.tenant, ticket=ticket))


async def ask(actor: Actor) -> str:
    """Ask something that holds this tenant's mark, and wait for the answer; the thread it is in."""
    text = f"What did {actor.token('question')} cost us?"
    message = {"type": "ask", "thread_id": None, "text": text, "client_message_id": secrets.token_hex(8)}
    await actor.session.socket.send(message)
    return str((await actor.session.socket.wait_for_event("agent_completed"))["thread_id"])


async def bring(actor: Actor) -> str:
    """Store usage of a model whose name is this tenant's mark, and ask about it."""
    record = {
        "occurred_at": "2026-01-01T09:00:00Z",
        "team": actor.token("team")[:100],
        "model": actor.token("model"),
        "prompt_tokens": 1000,
        "completion_tokens": 10,
        "latency_ms": 900,
        "cost": "1.5",
    }
    await asyncio.to_thread(actor.session.api.post, "/api/usage", {"records": [record]})
    return await ask(actor)


async def get(actor: Actor, path: str) -> Any:
    return await asyncio.to_thread(actor.session.api.request, "GET", path)


async def frames(actor: Actor, _: str) -> list[Any]:
    return list(actor.session.socket.frames)


@pytest.mark.asyncio
async def test_no_tenant_sees_anything_of_another_on_the_reference_backend(stack: ServiceStack) -> None:
    @asynccontextmanager
    async def world(_: Simulation | None) -> AsyncIterator[World]:
        async with WebSocketTestUtility(stack["backend"].url, contract=GOLDEN_PATH, timeout=30) as sockets:
            yield World(stack, sockets)

    async def messages(actor: Actor, thread: str) -> Any:
        return await get(actor, f"/api/threads/{thread}/messages")

    async def threads(actor: Actor, _: str) -> Any:
        return (await get(actor, "/api/threads")).body

    with redis.Redis.from_url(stack["redis"].url) as cache:
        matrix = (
            TenantMatrix(world, enter)
            .route("GET /api/threads/{id}/messages", act=ask, look=messages, unknown=UNKNOWN)
            .query("GET /api/threads", act=ask, look=threads)
            .event("all events of a run", act=bring, look=frames)
            .shared("cache", "everything in Redis", lambda _: cache)
            .shared("logs", "what the backend wrote", lambda world: world.stack["backend"].logs().splitlines())
        )
        report = await matrix.once()
    assert report.ok, report.explain()
    assert len(report.cells) == 6
