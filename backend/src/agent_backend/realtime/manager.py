"""The registry of live sockets: which user has which, and how an event reaches all of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from agent_backend.context import Clock, EndedSession, Principal, SystemClock
from agent_backend.events import ConnectionEvents, Event
from agent_backend.realtime.allowance import SocketLimits
from agent_backend.realtime.client_socket import CLOSE_GRACE, ClientSocket, Offer
from agent_backend.realtime.disconnects import Disconnect

GRACE: Final = timedelta(seconds=5)

logger = logging.getLogger(__name__)


class ForeignSocket(PermissionError):
    """A socket was to be given to somebody who did not open it."""


class TooManySockets(Exception):
    """The user has as many sockets open as one may."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """How long a socket may be quiet before we say something, and before we give it up."""

    heartbeat: timedelta = timedelta(seconds=25)
    idle: timedelta = timedelta(seconds=180)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is true of an event at this moment, counted in sockets: each is in exactly one of these."""

    delivered: int = 0
    """Handed to the operating system, or known to the client before."""
    queued: int = 0
    """Waits in the queue of a socket that is open."""
    failed: int = 0
    """Lost for this socket; its client finds it in the log when it comes back."""
    gaps: int = 0
    """Held back until the log has been read for what comes before it."""

    @property
    def reached(self) -> bool:
        """Whether somebody has it."""
        return self.delivered > 0


class UserSockets:
    """The sockets of one user, and of nobody else."""

    __slots__ = ("principal", "sockets")

    def __init__(self, principal: Principal) -> None:
        self.principal = principal
        self.sockets: list[ClientSocket] = []

    def add(self, socket: ClientSocket) -> None:
        """Take a socket of this user; another's is refused."""
        if socket.principal != self.principal:
            raise ForeignSocket(f"{socket.connection.id} was not opened by {self.principal.user_id}")
        self.sockets.append(socket)

    def follow(self, run_id: str) -> None:
        """Every socket that has not come across this run wants it from its beginning: it has just begun."""
        for socket in self.sockets:
            if run_id not in socket.cursors:
                socket.follow(run_id, 0)

    def furthest_behind(self, run_id: str) -> int | None:
        """The lowest number that a follower of a run that goes on has come to."""
        open_ones = [socket for socket in self.sockets if socket.connection.may_send()]
        cursors = [socket.cursors[run_id] for socket in open_ones if run_id in socket.cursors]
        return min((cursor.seq for cursor in cursors if not cursor.ended), default=None)


class UnifiedWebSocketManager:
    """Fans events out to the sockets of one user, in order, without waiting for any of them."""

    def __init__(
        self,
        clock: Clock | None = None,
        limits: SocketLimits | None = None,
        quiet: Quiet | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self.limits = limits or SocketLimits()
        self._quiet = quiet or Quiet()
        self._events = ConnectionEvents(self._clock.now)
        self._users: dict[Principal, UserSockets] = {}
        self.stopping = False

    def admit(self, principal: Principal) -> None:
        """Raise TooManySockets unless this user may open another one."""
        user = self._users.get(principal)
        if user is not None and len(user.sockets) >= self.limits.per_user:
            raise TooManySockets(f"{principal.user_id} has {len(user.sockets)} sockets open")

    def add(self, principal: Principal, socket: ClientSocket) -> bool:
        """Bind a socket to its user and say whether it is the first; one that comes too late is closed at once."""
        user = self._users.get(principal)
        first = user is None
        if user is None:
            user = UserSockets(principal)
        user.add(socket)
        self._users[principal] = user
        if self.stopping:
            socket.close(Disconnect.GOING_AWAY)
        return first

    def remove(self, principal: Principal, socket: ClientSocket) -> bool:
        """Forget a socket, and its user with the last one, which is said."""
        user = self._users[principal]
        user.sockets.remove(socket)
        if user.sockets:
            return False
        del self._users[principal]
        return True

    def of(self, principal: Principal) -> UserSockets | None:
        """The sockets of a user, where there are any."""
        return self._users.get(principal)

    def users(self) -> list[UserSockets]:
        return list(self._users.values())

    def sockets(self) -> Iterator[ClientSocket]:
        return (socket for user in self.users() for socket in tuple(user.sockets))

    def deliver(self, principal: Principal, event: Event, *, new: bool = True) -> Delivery:
        """Offer an event to every socket of its user and say what became of it, without waiting."""
        user = self._users.get(principal)
        if user is None:
            return _NOBODY
        offers = [socket.offer(event, new=new) for socket in tuple(user.sockets)]
        return Delivery(
            delivered=offers.count(Offer.STALE),
            queued=offers.count(Offer.QUEUED),
            failed=offers.count(Offer.FAILED),
            gaps=offers.count(Offer.GAP),
        )

    async def send(self, principal: Principal, event: Event, patience: timedelta) -> Delivery:
        """Deliver, and wait a moment until it is known which of the sockets have taken it."""
        user = self._users.get(principal)
        if user is None:
            return _NOBODY
        before = list(user.sockets)
        offers = [(socket, socket.offer(event)) for socket in before]
        waiting = [socket for socket, offer in offers if offer is Offer.QUEUED]
        taken = await asyncio.gather(*(socket.drained(patience.total_seconds()) for socket in waiting))
        gone = sum(not done and not socket.connection.may_send() for socket, done in zip(waiting, taken, strict=True))
        stale = sum(offer is Offer.STALE for _, offer in offers)
        return Delivery(
            delivered=sum(taken) + stale,
            queued=len(waiting) - sum(taken) - gone,
            failed=gone + sum(offer is Offer.FAILED for _, offer in offers),
            gaps=sum(offer is Offer.GAP for _, offer in offers),
        )

    def session_ended(self, ended: EndedSession) -> None:
        """Close every socket that was opened by this session."""
        for socket in self.sockets():
            owner = socket.principal
            if (owner.tenant_id, owner.user_id) != (ended.tenant_id, ended.user_id):
                continue
            if owner.session_id == ended.session_id:
                socket.close(Disconnect.SESSION_ENDED)

    def keep_quiet_ones(self) -> None:
        """Say something to those who have heard nothing for a while; close those who have said nothing for too long."""
        now = self._clock.monotonic()
        frame = None
        for socket in self.sockets():
            if now - socket.connection.heard_at >= self._quiet.idle.total_seconds():
                socket.close(Disconnect.IDLE)
            elif now - socket.sent_at >= self._quiet.heartbeat.total_seconds() and not socket.backlog:
                frame = frame or self._events.heartbeat()
                socket.say(frame)

    def report(self) -> dict[str, Any]:
        """How many users and sockets there are, and how much waits to be written."""
        backlog = [socket.backlog for socket in self.sockets()]
        return {"users": len(self._users), "sockets": len(backlog), "backlog": sum(backlog)}

    async def shutdown(self, grace: timedelta = GRACE) -> None:
        """Refuse new sockets and close the live ones, letting each take what is queued for it."""
        self.stopping = True
        tasks = []
        for socket in self.sockets():
            socket.close(Disconnect.GOING_AWAY)
            if socket.task is not None:
                tasks.append(socket.task)
        if tasks:
            _, left = await asyncio.wait(tasks, timeout=min(grace.total_seconds(), CLOSE_GRACE))
            if left:
                logger.warning("%d sockets did not take their close in %s", len(left), grace)


_NOBODY: Final = Delivery()
