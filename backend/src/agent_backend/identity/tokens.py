"""Tokens: signed, good for one tenant, one session and one use; an access token cannot pass for a refresh token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import jwt

from agent_backend.context import Clock, InvalidIdError, Kind, UnifiedIDManager, check_id
from agent_backend.context.ids import SKEW

_ALGORITHM: Final = "HS256"
_ISSUER: Final = "agent-backend"
_CLAIMS: Final = ["sub", "tenant", "sid", "iat", "exp", "iss", "aud", "jti"]


class TokenRefused(Exception):
    """A token is forged, expired, revoked or malformed; which of these is not told."""


class Use(StrEnum):
    """What a token is for; it stands in the token as its audience."""

    ACCESS = "agent-backend"
    REFRESH = "agent-backend/refresh"


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The key that signs, and the one before it, which still verifies while a new key is rolled out."""

    current: str = field(repr=False)
    previous: str | None = field(default=None, repr=False)

    def __iter__(self) -> Any:
        yield self.current
        if self.previous is not None:
            yield self.previous


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: for whom and for which session it speaks, and its own id."""

    tenant_id: str
    user_id: str
    session_id: str
    token_id: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token that was handed out."""

    text: str = field(repr=False)
    expires_in: int


class SignedTokens:
    """Issues tokens and reads them back; the keys are asked for each time, so that they can be exchanged."""

    def __init__(self, keys: Callable[[], SigningKeys], clock: Clock, ids: UnifiedIDManager) -> None:
        self._keys = keys
        self._clock = clock
        self._ids = ids

    def claims(self, tenant_id: str, user_id: str, session_id: str) -> Claims:
        """The claims of a new token, which gets an id of its own."""
        return Claims(tenant_id, user_id, session_id, self._ids.new(Kind.TOKEN))

    def issue(self, use: Use, claims: Claims, expires_at: datetime) -> Token:
        """Sign the claims; the token speaks for its session until it expires."""
        issued, expires = int(self._clock.now().timestamp()), int(expires_at.timestamp())
        content = {
            "sub": claims.user_id,
            "tenant": claims.tenant_id,
            "sid": claims.session_id,
            "iat": issued,
            "exp": expires,
            "iss": _ISSUER,
            "aud": use.value,
            "jti": claims.token_id,
        }
        return Token(jwt.encode(content, self._keys().current, _ALGORITHM), expires - issued)

    def verify(self, use: Use, text: str) -> Claims:
        """What a token says; its issuer may be ahead of the injected clock, which judges the times."""
        content = self._decoded(use, text)
        try:
            now = self._clock.now()
            if not content["iat"] <= (now + SKEW).timestamp() or not now.timestamp() < content["exp"]:
                raise TokenRefused
            return Claims(
                tenant_id=_id(content["tenant"], Kind.TENANT),
                user_id=_id(content["sub"], Kind.USER),
                session_id=_id(content["sid"], Kind.SESSION),
                token_id=_id(content["jti"], Kind.TOKEN),
            )
        except (InvalidIdError, TypeError) as error:
            raise TokenRefused from error

    def _decoded(self, use: Use, text: str) -> dict[str, Any]:
        options: Any = {"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False}
        refusal: jwt.PyJWTError | None = None
        for key in self._keys():
            try:
                content: dict[str, Any] = jwt.decode(
                    text, key, [_ALGORITHM], audience=use.value, issuer=_ISSUER, options=options
                )
                return content
            except jwt.PyJWTError as error:
                refusal = error
        raise TokenRefused from refusal


def _id(text: str, kind: Kind) -> str:
    check_id(text, kind)
    return text
