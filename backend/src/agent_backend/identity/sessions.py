"""Sessions: opened by a login, continued by refresh tokens that work once, ended by a logout or by a theft."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from agent_backend.context import (
    Account,
    Clock,
    EndedSession,
    Kind,
    Principal,
    Session,
    UnifiedIDManager,
)
from agent_backend.identity.session_watch import SessionWatch
from agent_backend.identity.tokens import Claims, SignedTokens, Token, TokenRefused, Use

logger = logging.getLogger(__name__)

ACCESS_LIFETIME: Final = timedelta(minutes=15)
REFRESH_LIFETIME: Final = timedelta(days=30)
REFRESH_GRACE: Final = timedelta(seconds=10)
"""So long after a refresh the token that it replaced gets what the refresh got: two tabs may ask at the same moment."""


class EndReason(StrEnum):
    """Why a session ended."""

    LOGOUT = "logout"
    LOGOUT_EVERYWHERE = "logout_everywhere"
    REFRESH_REUSED = "refresh_reused"


class SessionRecords(Protocol):
    """Where sessions are kept; each method is one transaction."""

    async def open(self, session: Session) -> None:
        """Keep a new session."""

    async def find(self, tenant_id: str, session_id: str) -> Session | None:
        """A session with the role that its user has now."""

    async def find_all(self, sessions: Collection[tuple[str, str]]) -> Sequence[Session]:
        """Those of these sessions that there are, each named by its tenant and its id."""

    async def rotate(self, session: Session, refresh_token_id: str, at: datetime) -> bool:
        """Put a new refresh token in the place of the one that `session` names, which is remembered as the one before.

        False when that one is not there now.
        """

    async def end(self, session: Session, reason: str) -> bool:
        """Mark it as ended at its `ended_at`; False when it had ended before."""

    async def of_user(self, tenant_id: str, user_id: str) -> Sequence[Session]:
        """The sessions of a user that have not ended."""


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a login hands out: a token for requests, and one that is traded for the next pair."""

    access: Token
    refresh: Token


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long tokens live; a session lives as long as its last refresh token."""

    access: timedelta = ACCESS_LIFETIME
    refresh: timedelta = REFRESH_LIFETIME


class Sessions:
    """Opens, continues, judges and ends sessions, and tells the watch of every end."""

    def __init__(
        self,
        store: SessionRecords,
        tokens: SignedTokens,
        watch: SessionWatch,
        clock: Clock,
        ids: UnifiedIDManager,
        lifetimes: Callable[[], Lifetimes] = Lifetimes,
    ) -> None:
        self._store = store
        self._tokens = tokens
        self._watch = watch
        self._clock = clock
        self._ids = ids
        self._lifetimes = lifetimes

    async def open(self, account: Account) -> TokenPair:
        """Begin a session of a user who has proved who he is."""
        now = self._clock.now()
        claims = self._tokens.claims(account.tenant_id, account.user_id, self._ids.new(Kind.SESSION))
        session = Session(
            account.tenant_id,
            claims.session_id,
            account.user_id,
            account.role,
            claims.token_id,
            now,
            now + self._lifetimes().refresh,
        )
        await self._store.open(session)
        return self._pair(session, claims)

    async def authenticate(self, access_token: str) -> Principal:
        """Whom an access token speaks for, with what his role permits now; raises TokenRefused."""
        session = await self._live(self._tokens.verify(Use.ACCESS, access_token))
        return _principal(session)

    async def refresh(self, refresh_token: str) -> TokenPair:
        """Trade a refresh token for the next pair. One that was traded before ends the session: it is in two hands.

        Within the grace it is in two tabs: both get the same refresh token, so that the session still has one only.
        """
        claims = self._tokens.verify(Use.REFRESH, refresh_token)
        session, now = await self._live(claims), self._clock.now()
        if session.refresh_token_id == claims.token_id:
            fresh = self._tokens.claims(session.tenant_id, session.user_id, session.session_id)
            if await self._store.rotate(session, fresh.token_id, now):
                return self._pair(session, fresh)
            session = await self._live(claims)
        if session.just_replaced(claims.token_id, now, REFRESH_GRACE):
            return self._pair(session, replace(claims, token_id=session.refresh_token_id))
        logger.warning("a refresh token of %s was used twice; the session is ended", session.session_id)
        await self._end(session, EndReason.REFRESH_REUSED)
        raise TokenRefused

    async def over(self, principals: Collection[Principal]) -> list[Principal]:
        """Those of them whose session may not be spoken for any more; one look for all."""
        asked = {(each.tenant_id, each.session_id) for each in principals if each.session_id is not None}
        now = self._clock.now()
        living = {
            (session.tenant_id, session.user_id, session.session_id)
            for session in await self._store.find_all(asked)
            if session.lives(now)
        }
        return [each for each in principals if (each.tenant_id, each.user_id, each.session_id) not in living]

    async def end(self, principal: Principal) -> None:
        """Log out: nothing speaks for this session any more."""
        if principal.session_id is not None:
            session = await self._store.find(principal.tenant_id, principal.session_id)
            if session is not None:
                await self._end(session, EndReason.LOGOUT)

    async def end_all(self, principal: Principal) -> None:
        """Log out everywhere."""
        for session in await self._store.of_user(principal.tenant_id, principal.user_id):
            await self._end(session, EndReason.LOGOUT_EVERYWHERE)

    async def _live(self, claims: Claims) -> Session:
        session = await self._store.find(claims.tenant_id, claims.session_id)
        if session is None or session.user_id != claims.user_id or not session.lives(self._clock.now()):
            raise TokenRefused
        return session

    async def _end(self, session: Session, reason: EndReason) -> None:
        """The watch is told even when another request ended the session: that one may not have come so far."""
        await self._store.end(session.ended(self._clock.now()), reason)
        await self._watch.session_ended(EndedSession(session.tenant_id, session.user_id, session.session_id))

    def _pair(self, session: Session, refresh: Claims) -> TokenPair:
        access = self._tokens.claims(session.tenant_id, session.user_id, session.session_id)
        expires = min(self._clock.now() + self._lifetimes().access, session.expires_at)
        return TokenPair(
            self._tokens.issue(Use.ACCESS, access, expires),
            self._tokens.issue(Use.REFRESH, refresh, session.expires_at),
        )


def _principal(session: Session) -> Principal:
    return Principal(session.tenant_id, session.user_id, session.session_id, session.role.permissions)


Over = Callable[[Collection[Principal]], Awaitable[list[Principal]]]
"""Asks whether a principal's session still lives."""
