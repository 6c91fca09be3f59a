"""How errors become answers: `{"error": {"code": …, "message": …}}`, one row per kind."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent_backend.identity import AddressTaken, LoginRefused, TenantTaken, TicketOverreach, TicketRefused, TokenRefused
from agent_backend.storage import ImportOvertaken, StoreUnavailable

logger = logging.getLogger(__name__)


class Failure(NamedTuple):
    """A status, a code for programs and a message for people."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = {}


class InvalidRequest(Exception):
    """The request's body is not what the route takes; the text names what is wrong."""

    def __init__(self, message: str, status: int = 422) -> None:
        super().__init__(message)
        self.status = status


class NotPermitted(Exception):
    """The caller is known, but may not do this."""


FAILURES: Final[dict[type[Exception], Failure]] = {
    TokenRefused: Failure(
        401, "token_refused", "Log in and send the access token as a Bearer.", {"WWW-Authenticate": "Bearer"}
    ),
    LoginRefused: Failure(401, "login_refused", "Tenant, email and password do not fit together."),
    NotPermitted: Failure(403, "not_permitted", "Your role does not permit this."),
    TicketRefused: Failure(404, "ticket_not_found", "There is no such ticket of yours."),
    TicketOverreach: Failure(403, "not_permitted", "A ticket cannot permit what you may not do."),
    TenantTaken: Failure(409, "tenant_taken", "A tenant of this name exists; its users can add you."),
    AddressTaken: Failure(409, "address_taken", "The tenant has a user of this address."),
    ImportOvertaken: Failure(
        409, "import_overtaken", "Another request works on this import; look at its progress, or send it again."
    ),
    StoreUnavailable: Failure(
        503, "store_unavailable", "The service cannot work right now; try again.", {"Retry-After": "1"}
    ),
    Exception: Failure(500, "internal_error", "The service failed; the cause is in its log."),
}


def _answer(failure: Failure) -> JSONResponse:
    body = {"error": {"code": failure.code, "message": failure.message}}
    return JSONResponse(body, failure.status, dict(failure.headers))


def _handler(failure: Failure) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        if failure.status == 503:
            logger.error("%s %s: %s", request.method, request.url.path, error)
        return _answer(failure)

    return handle


async def _invalid_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, InvalidRequest)
    return _answer(Failure(error.status, "invalid_request", str(error)))


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = error.detail.lower().replace(" ", "_")
    return _answer(Failure(error.status_code, code, f"{error.detail}.", error.headers or {}))


HANDLERS: Final[Mapping[Any, Callable[[Request, Exception], Awaitable[Response]]]] = {
    **{kind: _handler(failure) for kind, failure in FAILURES.items()},
    InvalidRequest: _invalid_request,
    HTTPException: _http_error,
}
