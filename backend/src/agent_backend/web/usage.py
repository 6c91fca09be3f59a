"""The route that takes usage records."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent_backend.context import Permission
from agent_backend.usage import UsageRecord
from agent_backend.web.requests import Body, caller, read_body, services

RECORDS_PER_REQUEST: Final = 1000


class UsageBody(Body):
    """A few records; all are stored or none."""

    records: Annotated[list[UsageRecord], Field(min_length=1, max_length=RECORDS_PER_REQUEST)]


async def add(request: Request) -> Response:
    """Store usage records for the caller's tenant."""
    principal = caller(request, Permission.WRITE_USAGE)
    body = await read_body(request, UsageBody)
    await services(request).usage.add(principal.tenant_id, body.records)
    return JSONResponse({"stored": len(body.records)}, 201)
