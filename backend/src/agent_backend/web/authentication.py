"""Finds out once per request who sent it, before its route runs; the route decides whether it needs to know."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from agent_backend.context import Principal
from agent_backend.identity import TokenRefused
from agent_backend.storage import StoreUnavailable
from agent_backend.web.services import Services

CALLER = "agent_backend.caller"
"""Where the scope keeps the Principal, or the error that kept us from knowing him."""


class Authentication:
    """Trades the access token of a request for the principal of its session."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[CALLER] = await self._caller(Headers(scope=scope).get("authorization", ""))
        await self._app(scope, receive, send)

    async def _caller(self, header: str) -> Principal | TokenRefused | StoreUnavailable:
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            return TokenRefused()
        try:
            return await self._services.identity.authenticate(token.strip())
        except (TokenRefused, StoreUnavailable) as error:
            return error
