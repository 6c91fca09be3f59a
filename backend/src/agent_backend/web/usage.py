"""The route that takes usage records."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final

from pydantic import AwareDatetime, Field, StringConstraints
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent_backend.context import Kind, Storable
from agent_backend.storage import UsageRecord
from agent_backend.web.requests import Body, caller, read_body, services

RECORDS_PER_REQUEST: Final = 1000

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), Storable]
Count = Annotated[int, Field(ge=0, lt=1 << 40)]


class RecordBody(Body):
    """One call of a language model."""

    occurred_at: AwareDatetime
    team: Name
    model: Name
    prompt_tokens: Count
    completion_tokens: Count
    latency_ms: Count
    cost: Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=9)]
    cache_hit: bool = False
    error: Annotated[str, StringConstraints(max_length=500), Storable] | None = None


class UsageBody(Body):
    """A few records; all are stored or none."""

    records: Annotated[list[RecordBody], Field(min_length=1, max_length=RECORDS_PER_REQUEST)]


async def add(request: Request) -> Response:
    """Store usage records for the caller's tenant."""
    principal = caller(request)
    body = await read_body(request, UsageBody)
    made = services(request)
    records = [UsageRecord(id=made.ids.new(Kind.USAGE), **dict(record)) for record in body.records]
    await made.usage.add(principal.tenant_id, records)
    return JSONResponse({"stored": len(records)}, 201)
