"""Routes over ClickHouse: what a tenant's calls cost day by day, and how its tools and runs do."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent_backend.context import Permission, first_problem
from agent_backend.storage import StoreUnavailable, UsageAnalytics
from agent_backend.web.failures import InvalidRequest
from agent_backend.web.requests import Body, caller, services


class CostQuery(Body):
    """The days up to now, by model or by team."""

    by: Literal["model", "team"] = "model"
    days: Annotated[int, Field(ge=1, le=366)] = 30


async def cost(request: Request) -> Response:
    """The cost of each day; amounts are texts, for they are exact."""
    tenant_id = caller(request, Permission.READ_USAGE).tenant_id
    try:
        query = CostQuery.model_validate(dict(request.query_params))
    except ValidationError as invalid:
        raise InvalidRequest(first_problem(invalid)) from None
    now = services(request).clock.now()
    found = await _analytics(request).daily_cost(tenant_id, query.by, now - timedelta(days=query.days), now)
    plain = [asdict(day) | {"day": day.day.isoformat(), "cost": f"{day.cost:f}"} for day in found]
    return JSONResponse({"days": plain})


async def work(request: Request) -> Response:
    """How the tenant's runs ended, how its tools did, and how fast its models answer."""
    tenant_id = caller(request, Permission.READ_USAGE).tenant_id
    analytics = _analytics(request)
    runs, tools, latency = (
        await analytics.runs(tenant_id),
        await analytics.tools(tenant_id),
        await analytics.latency(tenant_id),
    )
    return JSONResponse(
        {
            "runs": asdict(runs),
            "tools": [asdict(tool) for tool in tools],
            "latency": [asdict(model) for model in latency],
        }
    )


def _analytics(request: Request) -> UsageAnalytics:
    found = services(request).analytics
    if found is None:
        raise StoreUnavailable("ClickHouse", "not configured; set AGENT_BACKEND_CLICKHOUSE_URL")
    return found
