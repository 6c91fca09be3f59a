"""Routes of identity: register, log in, add a colleague, get a ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent_backend.context import Storable
from agent_backend.identity.tickets import DEFAULT_LIFETIME, LONGEST_LIFETIME
from agent_backend.web.requests import Body, caller, read_body, services

TenantName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$", max_length=63),
    Storable,
]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[^@\s]+@[^@\s]+$", max_length=254), Storable
]
Password = Annotated[str, StringConstraints(min_length=8, max_length=1024)]


class Credentials(Body):
    """An address and a password."""

    email: Email
    password: Password


class TenantCredentials(Credentials):
    """The same, in the tenant of a name."""

    tenant: TenantName


class TicketOrder(Body):
    """How long a ticket should live."""

    ttl_seconds: Annotated[int, Field(ge=1, le=int(LONGEST_LIFETIME.total_seconds()))] = int(
        DEFAULT_LIFETIME.total_seconds()
    )


async def register(request: Request) -> Response:
    """Found a tenant with its first user."""
    body = await read_body(request, TenantCredentials)
    principal = await services(request).identity.register(body.tenant, body.email, body.password)
    return JSONResponse({"tenant_id": principal.tenant_id, "user_id": principal.user_id}, 201)


async def add_colleague(request: Request) -> Response:
    """Add a user to the caller's tenant."""
    member = caller(request)
    body = await read_body(request, Credentials)
    principal = await services(request).identity.add_colleague(member, body.email, body.password)
    return JSONResponse({"tenant_id": principal.tenant_id, "user_id": principal.user_id}, 201)


async def login(request: Request) -> Response:
    """Trade a password for an access token."""
    body = await read_body(request, TenantCredentials)
    token = await services(request).identity.login(body.tenant, body.email, body.password)
    return JSONResponse({"access_token": token.text, "token_type": "bearer", "expires_in": token.expires_in})


async def create_ticket(request: Request) -> Response:
    """Trade an access token for a ticket that opens one socket."""
    principal = caller(request)
    order = await read_body(request, TicketOrder) if await request.body() else TicketOrder()
    ticket = await services(request).tickets.generate_ticket(principal, timedelta(seconds=order.ttl_seconds))
    return JSONResponse({"ticket": ticket.text, "expires_in": ticket.expires_in}, 201)
