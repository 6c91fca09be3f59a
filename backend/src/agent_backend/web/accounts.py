"""Routes of identity: register, log in, add a colleague, get a ticket."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field, StringConstraints
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent_backend.context import Permission, Storable
from agent_backend.identity import TokenPair
from agent_backend.identity.tickets import DEFAULT_LIFETIME, LONGEST_LIFETIME
from agent_backend.web.failures import InvalidRequest
from agent_backend.web.requests import Body, caller, read_body, read_optional_body, services

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
    """How long a ticket should live, and the part of the caller's permissions that it should carry."""

    ttl_seconds: Annotated[int, Field(ge=1, le=int(LONGEST_LIFETIME.total_seconds()))] = int(
        DEFAULT_LIFETIME.total_seconds()
    )
    permissions: Annotated[list[Permission], Field(max_length=len(Permission))] | None = None


class RefreshToken(Body):
    """What continues a session."""

    refresh_token: Annotated[str, StringConstraints(max_length=4096)]


class LogoutOrder(Body):
    """Whether all sessions of the caller should end."""

    everywhere: bool = False


async def register(request: Request) -> Response:
    """Found a tenant with its first user."""
    body = await read_body(request, TenantCredentials)
    principal = await services(request).identity.register(body.tenant, body.email, body.password)
    return JSONResponse({"tenant_id": principal.tenant_id, "user_id": principal.user_id}, 201)


async def add_colleague(request: Request) -> Response:
    """Add a user to the caller's tenant."""
    member = caller(request, Permission.MANAGE_USERS)
    body = await read_body(request, Credentials)
    principal = await services(request).identity.add_colleague(member, body.email, body.password)
    return JSONResponse({"tenant_id": principal.tenant_id, "user_id": principal.user_id}, 201)


async def login(request: Request) -> Response:
    """Trade a password for the tokens of a new session."""
    body = await read_body(request, TenantCredentials)
    return _tokens(await services(request).identity.login(body.tenant, body.email, body.password))


async def refresh(request: Request) -> Response:
    """Trade a refresh token for the next pair."""
    body = await read_body(request, RefreshToken)
    return _tokens(await services(request).identity.refresh(body.refresh_token))


async def logout(request: Request) -> Response:
    """End the caller's session, or all of his."""
    principal = caller(request)
    order = await read_optional_body(request, LogoutOrder)
    await services(request).identity.logout(principal, everywhere=order.everywhere)
    return Response(status_code=204)


async def whoami(request: Request) -> Response:
    """Who the caller is, and what he may do."""
    principal = caller(request)
    body = {"tenant_id": principal.tenant_id, "user_id": principal.user_id, "session_id": principal.session_id}
    return JSONResponse(body | {"permissions": sorted(principal.permissions)})


async def create_ticket(request: Request) -> Response:
    """Trade an access token for a ticket that opens one socket."""
    principal = caller(request)
    order = await read_optional_body(request, TicketOrder)
    ticket = await services(request).tickets.generate_ticket(
        principal, timedelta(seconds=order.ttl_seconds), order.permissions
    )
    body = {"ticket": ticket.text, "expires_in": ticket.expires_in, "permissions": sorted(ticket.permissions)}
    return JSONResponse(body, 201)


async def revoke_ticket(request: Request) -> Response:
    """Make a ticket of the caller useless."""
    await services(request).tickets.revoke_ticket(caller(request), _ticket(request))
    return Response(status_code=204)


async def ticket_status(request: Request) -> Response:
    """How long a ticket of the caller still waits."""
    status = await services(request).tickets.ticket_status(caller(request), _ticket(request))
    return JSONResponse({"expires_in": status.expires_in, "permissions": sorted(status.permissions)})


def _ticket(request: Request) -> str:
    """The ticket stands in a header: addresses are logged on the way, headers are not."""
    text = request.headers.get("X-Ticket")
    if text is None:
        raise InvalidRequest("name the ticket in the header X-Ticket")
    return text


def _tokens(pair: TokenPair) -> Response:
    body = {
        "access_token": pair.access.text,
        "token_type": "bearer",
        "expires_in": pair.access.expires_in,
        "refresh_token": pair.refresh.text,
        "refresh_expires_in": pair.refresh.expires_in,
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
