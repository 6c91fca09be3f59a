"""A session, as identity judges it and storage keeps it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent_backend.context.permission import Role


@dataclass(frozen=True, slots=True)
class Session:
    """One login of one user; it lives until it is ended or its time is over.

    Only the refresh token whose id stands here can continue it, and for a moment the one before it: an older one that
    turns up again was stolen, or the newer one was.
    """

    tenant_id: str
    session_id: str
    user_id: str
    role: Role
    refresh_token_id: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    replaced_refresh_token_id: str | None = None
    refreshed_at: datetime | None = None

    def ended(self, at: datetime) -> Session:
        """The same session, over."""
        return replace(self, ended_at=at)

    def just_replaced(self, refresh_token_id: str, now: datetime, grace: timedelta) -> bool:
        """Whether this was the refresh token until a moment ago."""
        replaced = self.replaced_refresh_token_id == refresh_token_id
        return replaced and self.refreshed_at is not None and now - self.refreshed_at < grace

    def lives(self, now: datetime) -> bool:
        """Whether anything may still speak for it."""
        return self.ended_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class EndedSession:
    """A session that no token, ticket or socket may speak for any more."""

    tenant_id: str
    user_id: str
    session_id: str
