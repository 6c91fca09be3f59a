"""Routes for whoever runs the service: does it live, can it work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent_backend.storage import StoreUnavailable
from agent_backend.web.requests import services
from agent_backend.web.services import Services

PATIENCE: Final = 2.0


async def alive(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """Every store answers, or 503 and which does not."""
    made = services(request)
    stores = await store_states(made)
    working = set(stores.values()) == {"ok"} and not made.sockets.stopping
    body = {"status": "ok" if working else "unavailable", **stores}
    return JSONResponse(body, 200 if working else 503)


async def store_states(made: Services) -> dict[str, str]:
    """Each store by its name, and whether it answers."""
    postgres, redis = await asyncio.gather(_state(made.database.ping), _state(made.redis.ping))
    return {"postgres": postgres, "redis": redis}


async def _state(ping: Callable[[], Awaitable[None]]) -> str:
    try:
        async with asyncio.timeout(PATIENCE):
            await ping()
    except (StoreUnavailable, TimeoutError):
        return "unavailable"
    return "ok"
