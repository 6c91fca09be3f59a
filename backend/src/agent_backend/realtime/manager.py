"""The registry of live sockets: which user has which, and how an event reaches all of them."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Final

from agent_backend.context import Principal
from agent_backend.events import Event
from agent_backend.realtime.client_socket import ClientSocket
from agent_backend.realtime.disconnects import Disconnect

GRACE: Final = timedelta(seconds=5)

logger = logging.getLogger(__name__)


class UnifiedWebSocketManager:
    """Fans events out to the sockets of one user, in order, without waiting for any of them."""

    def __init__(self) -> None:
        self._sockets: dict[Principal, set[ClientSocket]] = {}
        self.stopping = False

    def add(self, principal: Principal, socket: ClientSocket) -> None:
        """Bind a socket to its user; one that comes too late is closed at once."""
        self._sockets.setdefault(principal, set()).add(socket)
        if self.stopping:
            socket.close(Disconnect.GOING_AWAY)

    def remove(self, principal: Principal, socket: ClientSocket) -> None:
        """Forget a socket, and its user with the last one."""
        sockets = self._sockets[principal]
        sockets.discard(socket)
        if not sockets:
            del self._sockets[principal]

    def deliver(self, principal: Principal, event: Event) -> int:
        """Queue an event for every socket of its user and return for how many it was."""
        frame = event.to_json()
        return sum(socket.offer(frame) for socket in tuple(self._sockets.get(principal, ())))

    async def shutdown(self, grace: timedelta = GRACE) -> None:
        """Refuse new sockets and close the live ones, letting each take what is queued for it."""
        self.stopping = True
        sockets = [socket for owned in self._sockets.values() for socket in owned]
        for socket in sockets:
            socket.close(Disconnect.GOING_AWAY)
        try:
            async with asyncio.timeout(grace.total_seconds()):
                for socket in sockets:
                    await socket.ended.wait()
        except TimeoutError:
            logger.warning("some sockets did not take their close in %s", grace)
