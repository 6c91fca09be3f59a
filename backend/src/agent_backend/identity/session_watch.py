"""The seam through which whoever holds something open for a session learns that it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class EndedSession:
    """A session that no token, ticket or socket may speak for any more."""

    tenant_id: str
    user_id: str
    session_id: str


class SessionWatch(Protocol):
    """Told of every session that ended, after its end was committed; on any instance, at least once."""

    async def session_ended(self, ended: EndedSession) -> None:
        """Close what the session has open. It may be told again, and of sessions that have nothing here."""
