"""Ended sessions end their sockets: at once where the news comes, and by asking the store where it does not."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from agent_backend.context import Clock, EndedSession, wanted
from agent_backend.identity.sessions import Over
from agent_backend.realtime.client_socket import ClientSocket
from agent_backend.realtime.disconnects import Disconnect
from agent_backend.realtime.manager import UnifiedWebSocketManager
from agent_backend.storage import SESSIONS, Announcements, StoreUnavailable

FRESH: Final = timedelta(seconds=1)
"""How soon the session of a new socket is asked for, together with those of all others that are new."""
AT_ONCE: Final = 500
"""How many sessions are asked for in one query."""

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


class SessionChecks:
    """Asks the store of sessions for those behind the sockets: it forgets nothing, and what tells of an end may.

    Redis refuses the tickets of a session that has ended, but may have been away when it did. So a new socket is
    checked before the first thing it asks for is done, and within a second in any case; all are, again and again.
    """

    def __init__(self, manager: UnifiedWebSocketManager, over: Over, clock: Clock, interval: timedelta) -> None:
        self._manager = manager
        self._over = over
        self._clock = clock
        self._interval = interval.total_seconds()

    async def check(self, sockets: Collection[ClientSocket]) -> None:
        """Close those whose session is over; the others may be served. An unanswered question closes none."""
        over = await self._over([socket.principal for socket in sockets])
        ended = {(each.tenant_id, each.user_id, each.session_id) for each in over}
        for socket in sockets:
            owner = socket.principal
            if (owner.tenant_id, owner.user_id, owner.session_id) in ended:
                socket.close(Disconnect.SESSION_ENDED)
            else:
                socket.checked = True

    async def run(self) -> None:
        """Check new sockets soon and all of them from time to time."""
        due = self._clock.monotonic() + self._interval
        while wanted():
            await asyncio.sleep(min(self._interval, FRESH.total_seconds()))
            everyone = self._clock.monotonic() >= due
            if everyone:
                due = self._clock.monotonic() + self._interval
            sockets = [socket for socket in self._manager.sockets() if everyone or not socket.checked]
            try:
                for start in range(0, len(sockets), AT_ONCE):
                    await self.check(sockets[start : start + AT_ONCE])
            except StoreUnavailable as error:
                logger.warning("sessions could not be looked up again: %s", error)
