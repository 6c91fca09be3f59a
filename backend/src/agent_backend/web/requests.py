"""Reading a request: who sent it, and what it carries."""

from __future__ import annotations

from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from agent_backend.context import Permission, Principal, first_problem
from agent_backend.web.authentication import CALLER
from agent_backend.web.failures import InvalidRequest, NotPermitted
from agent_backend.web.services import Services

BODY_LIMIT: Final = 1 << 20


class Body(BaseModel):
    """What every body has in common: nothing is guessed, and a misspelt field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


AnyBody = TypeVar("AnyBody", bound=Body)


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


def caller(request: Request, needed: Permission | None = None) -> Principal:
    """The user whose access token came with the request; raises TokenRefused, or NotPermitted where he may not."""
    found: Principal | Exception = request.scope[CALLER]
    if isinstance(found, Exception):
        raise found
    if needed is not None and not found.may(needed):
        raise NotPermitted(needed)
    return found


async def read_body(request: Request, kind: type[AnyBody]) -> AnyBody:
    """The JSON body, or an InvalidRequest that names the field and never repeats a value."""
    return _parsed(await _bounded_body(request), kind)


async def read_optional_body(request: Request, kind: type[AnyBody]) -> AnyBody:
    """The same where everything has a default, so that no body at all will do."""
    return _parsed(await _bounded_body(request) or b"{}", kind)


async def _bounded_body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise InvalidRequest(f"the body is larger than {BODY_LIMIT} bytes", 413)
    return bytes(body)


def _parsed(body: bytes, kind: type[AnyBody]) -> AnyBody:
    try:
        return kind.model_validate_json(body)
    except ValidationError as invalid:
        raise InvalidRequest(first_problem(invalid)) from None
