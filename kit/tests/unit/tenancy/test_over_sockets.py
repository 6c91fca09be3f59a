"""The matrix over an ASGI application with live sockets, inside a simulation: races and reconnects by seed."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from goldenpath.live import LiveError, WebSocketTestUtility
from goldenpath.simulation import Simulation
from goldenpath.tenancy import Actor, TenantMatrix


def application(*, address: str) -> Starlette:
    """A chat that sends each note to the sockets of its tenant; what misses its socket is sent at the next connect."""
    sockets: dict[str, WebSocket] = {}
    missed: dict[str, list[Any]] = defaultdict(list)
    notes: list[tuple[str, str]] = []

    def addressed(tenant: str) -> str:
        return tenant if address == "tenant" else "ada"

    async def tell(tenant: str, event: dict[str, Any]) -> None:
        await asyncio.sleep(0.01)
        socket = sockets.get(addressed(tenant))
        if socket is None:
            missed[addressed(tenant)].append(event)
        else:
            await socket.send_json(event)

    async def socket(websocket: WebSocket) -> None:
        tenant = websocket.headers["x-tenant"]
        await websocket.accept()
        for event in missed.pop(addressed(tenant), []):
            await websocket.send_json(event)
        sockets[addressed(tenant)] = websocket
        try:
            async for message in websocket.iter_json():
                notes.append((tenant, message["text"]))
                await tell(tenant, {"type": "note", "text": message["text"]})
        except WebSocketDisconnect:
            pass
        finally:
            if sockets.get(addressed(tenant)) is websocket:
                del sockets[addressed(tenant)]

    async def listing(request: Request) -> JSONResponse:
        return JSONResponse([text for owner, text in notes if owner == request.headers["x-tenant"]])

    return Starlette(routes=[WebSocketRoute("/ws", socket), Route("/notes", listing)])


def matrix(address: str) -> TenantMatrix:
    @asynccontextmanager
    async def world(_: Simulation | None) -> AsyncIterator[Any]:
        app = application(address=address)
        async with WebSocketTestUtility(app, timeout=60) as sockets:
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://test") as http:
                yield sockets, http

    async def enter(actor: Actor) -> Any:
        return await actor.world[0].connected_client(actor.tenant, headers={"x-tenant": actor.tenant})

    async def come_back(actor: Actor) -> Any:
        await actor.session.drop()
        await asyncio.sleep(0.05)
        return await actor.session.reconnect()

    async def note(actor: Actor) -> None:
        while True:
            try:
                return await actor.session.send({"text": actor.token("note")})
            except LiveError:  # the connection is lost at this moment
                await asyncio.sleep(0.02)

    async def frames(actor: Actor, _: Any) -> list[Any]:
        await asyncio.sleep(3)
        return list(actor.session.frames)

    async def listed(actor: Actor, _: Any) -> Any:
        await asyncio.sleep(1)
        return (await actor.world[1].get("/notes", headers={"x-tenant": actor.tenant})).json()

    return (
        TenantMatrix(world, enter, reconnect=come_back)
        .event("note", act=note, look=frames)
        .query("notes", act=note, look=listed)
    )


def test_sockets_addressed_by_tenant_keep_tenants_apart_whoever_comes_and_goes() -> None:
    report = matrix("tenant").over(range(25))
    assert report.ok, report.explain()


def test_sockets_addressed_by_a_name_that_both_tenants_use_are_found_out() -> None:
    report = matrix("name").over(range(5))
    assert {leak.place for leak in report.leaks} == {"frames"}
    assert {leak.seen_by for leak in report.leaks} == {"acme", "globex"}


@pytest.mark.parametrize("seed", [3])
def test_the_same_seed_is_the_same_run(seed: int) -> None:
    assert matrix("name").over([seed]).to_json() == matrix("name").over([seed]).to_json()
