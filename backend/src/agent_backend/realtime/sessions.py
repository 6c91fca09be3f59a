"""Ended sessions end their sockets: at once where the news comes, and by asking from time to time where it does not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from agent_backend.context import EndedSession
from agent_backend.identity.sessions import Lives
from agent_backend.realtime.manager import UnifiedWebSocketManager
from agent_backend.storage import SESSIONS, Announcements, StoreUnavailable

logger = logging.getLogger(__name__)


class SessionNews:
    """Passes the end of a session on to every instance."""

    def __init__(self, manager: UnifiedWebSocketManager, announcements: Announcements) -> None:
        self._manager = manager
        self._announcements = announcements
        announcements.on_heard(self._heard)

    async def session_ended(self, ended: EndedSession) -> None:
        """A session has ended here."""
        self._manager.session_ended(ended)
        self._announcements.tell(SESSIONS, ended.session_id, asdict(ended))

    def _heard(self, channel: str, message: Mapping[str, Any]) -> None:
        if channel == SESSIONS:
            self._manager.session_ended(EndedSession(**message))


async def revalidate(manager: UnifiedWebSocketManager, lives: Lives, interval: timedelta) -> None:
    """Ask again and again whether the sessions of the open sockets still live; an unanswered question closes none."""
    while True:
        await asyncio.sleep(interval.total_seconds())
        sessions = {socket.principal.session_id: socket.principal for socket in manager.sockets()}
        for principal in sessions.values():
            try:
                if principal.session_id is None or await lives(principal):
                    continue
            except StoreUnavailable as error:
                logger.warning("sessions could not be looked up again: %s", error)
                break
            manager.session_ended(EndedSession(principal.tenant_id, principal.user_id, principal.session_id))
