"""The seam through which whoever holds something open for a session learns that it has ended."""

from __future__ import annotations

import logging
from typing import Protocol

from agent_backend.context import EndedSession

logger = logging.getLogger(__name__)


class SessionWatch(Protocol):
    """Told of every session that ended, after its end was committed; on any instance, at least once."""

    async def session_ended(self, ended: EndedSession) -> None:
        """Close what the session has open. It may be told again, and of sessions that have nothing here."""


class SessionWatches:
    """Passes the news on to all who joined; one that fails keeps it from no other."""

    def __init__(self) -> None:
        self._watches: list[SessionWatch] = []

    def join(self, watch: SessionWatch) -> None:
        """Also tell this one."""
        self._watches.append(watch)

    async def session_ended(self, ended: EndedSession) -> None:
        for watch in self._watches:
            try:
                await watch.session_ended(ended)
            except Exception:
                logger.exception("%s could not be told that %s has ended", type(watch).__name__, ended.session_id)
