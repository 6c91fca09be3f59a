"""Reading a request: who sent it, and what it carries."""

from __future__ import annotations

from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request

from agent_backend.context import Principal, first_problem
from agent_backend.identity import TokenRefused
from agent_backend.web.failures import InvalidRequest
from agent_backend.web.services import Services

BODY_LIMIT: Final = 1 << 20


class Body(BaseModel):
    """What every body has in common: nothing is guessed, and a misspelt field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


AnyBody = TypeVar("AnyBody", bound=Body)


def services(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


def caller(request: Request) -> Principal:
    """The user whose access token came with the request; raises TokenRefused."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise TokenRefused
    return services(request).identity.authenticate(token.strip())


async def read_body(request: Request, kind: type[AnyBody]) -> AnyBody:
    """The JSON body, or an InvalidRequest that names the field and never repeats a value."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise InvalidRequest(f"the body is larger than {BODY_LIMIT} bytes", 413)
    try:
        return kind.model_validate_json(bytes(body))
    except ValidationError as invalid:
        raise InvalidRequest(first_problem(invalid)) from None
