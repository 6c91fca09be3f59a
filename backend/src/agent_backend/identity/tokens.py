"""Access tokens: signed, short-lived, and good for one tenant."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import jwt

from agent_backend.context import Clock, InvalidContextError, Kind, Principal, UnifiedIDManager

LIFETIME: Final = timedelta(minutes=15)
_ALGORITHM: Final = "HS256"
_PARTY: Final = "agent-backend"
_CLAIMS: Final = ["sub", "tenant", "iat", "exp", "iss", "aud", "jti"]


class TokenRefused(Exception):
    """A token is forged, expired or malformed; which of these is not told."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a login hands out."""

    text: str = field(repr=False)
    expires_in: int


class AccessTokens:
    """Issues tokens and reads them back."""

    def __init__(self, secret: str, clock: Clock, ids: UnifiedIDManager) -> None:
        self._secret = secret
        self._clock = clock
        self._ids = ids

    def issue(self, principal: Principal) -> AccessToken:
        """A token that speaks for this user until it expires."""
        now = self._clock.now()
        claims = {
            "sub": principal.user_id,
            "tenant": principal.tenant_id,
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
            "iss": _PARTY,
            "aud": _PARTY,
            "jti": self._ids.new(Kind.TOKEN),
        }
        return AccessToken(jwt.encode(claims, self._secret, _ALGORITHM), int(LIFETIME.total_seconds()))

    def verify(self, text: str) -> Principal:
        """The user a token speaks for; the times are judged by the injected clock, not by the library's."""
        try:
            claims = jwt.decode(
                text,
                self._secret,
                [_ALGORITHM],
                audience=_PARTY,
                issuer=_PARTY,
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False, "verify_nbf": False},
            )
            if not claims["iat"] <= self._clock.now().timestamp() < claims["exp"]:
                raise TokenRefused
            return Principal(claims["tenant"], claims["sub"])
        except (jwt.PyJWTError, InvalidContextError, TypeError) as error:
            raise TokenRefused from error
