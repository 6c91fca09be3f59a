"""Routes for whoever runs the service: does it live, can it work, what does it count."""

from __future__ import annotations

import logging
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent_backend.observability import CONTENT_TYPE
from agent_backend.storage import StoreState, ask_stores
from agent_backend.web.requests import services

_FIELDS: Final = {"PostgreSQL": "postgres", "Redis": "redis", "ClickHouse": "clickhouse"}

logger = logging.getLogger(__name__)


async def alive(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


async def ready(request: Request) -> Response:
    """Every store answers, or which does not and what is missing; 503 when the service cannot work at all."""
    made = services(request)
    health = await ask_stores(made.probes, made.clock)
    for store in health:
        if store.state is StoreState.UNAVAILABLE:
            logger.warning("%s", store.reason)
    working = not made.sockets.stopping and not any(store.stops_the_service for store in health)
    degraded = [store.degrades for store in health if store.state is StoreState.UNAVAILABLE]
    status = "unavailable" if not working else "degraded" if degraded else "ok"
    body = {"status": status, **{_FIELDS[store.store]: store.state.value for store in health}}
    return JSONResponse(body | ({"degraded": degraded} if degraded else {}), 200 if working else 503)


async def metrics(request: Request) -> Response:
    """What this instance has counted, for Prometheus."""
    return Response(services(request).metrics.text(), media_type=CONTENT_TYPE)
