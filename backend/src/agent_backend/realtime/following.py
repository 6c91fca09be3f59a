"""Brings sockets up to date with the log: on resume, on news from other instances, and after a while without news."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from agent_backend.context import Clock, Kind, Principal, is_id
from agent_backend.events import ConnectionEvents, Event
from agent_backend.realtime.client_socket import ClientSocket
from agent_backend.realtime.manager import Delivery, UnifiedWebSocketManager, UserSockets
from agent_backend.storage import Announcements, RunHistory, RunSummary, StoreUnavailable
from agent_backend.storage.run_history import PAGE

QUIET: Final = timedelta(seconds=2)
"""After so long without news of a run that goes on, the log is asked: an announcement may have been lost."""
PACE: Final = 0.01
"""Seconds between two readings of one run: what is announced meanwhile is read at once."""
PATIENCE: Final = 5.0
"""Seconds to wait for a client that takes long to read what it lacks."""

logger = logging.getLogger(__name__)


class RunFollower:
    """Offers what the log holds to the sockets that lack it; they themselves keep order and drop what they have."""

    def __init__(
        self, history: RunHistory, manager: UnifiedWebSocketManager, announcements: Announcements, clock: Clock
    ) -> None:
        self._history = history
        self._manager = manager
        self._announcements = announcements
        self._clock = clock
        self._events = ConnectionEvents(clock.now)
        self._reading: dict[tuple[Principal, str], bool] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        announcements.on_heard(self._heard)

    def publish(self, principal: Principal, event: Event) -> Delivery:
        """Deliver what was just committed on this instance, and announce it to the others."""
        delivery = self._manager.deliver(principal, event)
        run_id = event.run_id or ""
        self._announcements.progress(principal, run_id, event.seq)
        if delivery.gaps:
            self._catch_up_soon(principal, run_id)
        return delivery

    async def resume(self, socket: ClientSocket, run_id: str, epoch: int, after: int) -> None:
        """Let the client have exactly what it lacks of a run, or tell it honestly that this cannot be."""
        owner = socket.principal
        run = await self._history.summary(owner, run_id) if is_id(run_id, Kind.RUN) else None
        if run is None:
            socket.say(self._events.reset(run_id, "unknown_run", None))
        elif epoch != run.epoch:
            await self._reset(socket, run, "other_epoch")
        elif after > run.last_seq:
            await self._reset(socket, run, "ahead_of_the_log")
        else:
            await self._go_on(socket, run, after)

    async def follow(self, socket: ClientSocket) -> None:
        """Let the client have every run of its user that has not ended, from its beginning."""
        for run in await self._history.active(socket.principal):
            await self._go_on(socket, run, 0)

    async def look_after_quiet_runs(self) -> None:
        """Ask the log about the runs that somebody follows and that have not moved for a while."""
        before = self._clock.monotonic() - QUIET.total_seconds()
        for user in self._manager.users():
            quiet = {
                run_id
                for socket in user.sockets
                for run_id, cursor in socket.cursors.items()
                if not cursor.ended and cursor.moved_at <= before
            }
            if not quiet:
                continue
            for run in await self._history.summaries(user.principal, sorted(quiet)):
                behind = user.furthest_behind(run.run_id)
                if behind is not None and behind < run.last_seq:
                    self._catch_up_soon(user.principal, run.run_id)

    async def close(self) -> None:
        """Stop reading."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _go_on(self, socket: ClientSocket, run: RunSummary, after: int) -> None:
        after = socket.resume(run.run_id, after)
        last = max(after, run.last_seq)
        socket.say(self._events.resume(run.run_id, run.thread_id, run.epoch, after, last, run.state.value))
        if run.state.ended and after == last:
            socket.cursors[run.run_id].ended = True
        await self._catch_up(socket.principal, run.run_id)

    async def _reset(self, socket: ClientSocket, run: RunSummary, reason: str) -> None:
        snapshot = await self._history.snapshot(socket.principal, run)
        socket.say(self._events.reset(run.run_id, reason, snapshot))
        socket.follow(run.run_id, run.last_seq)
        socket.cursors[run.run_id].ended = run.state.ended

    def _heard(self, channel: str, message: Mapping[str, Any]) -> None:
        """Another instance has moved a run on; whose it is, the channel says."""
        kind, _, owner = channel.partition(":")
        if kind != "runs":
            return
        tenant_id, _, user_id = owner.partition(":")
        principal = Principal(tenant_id, user_id)
        user = self._manager.of(principal)
        if user is None:
            return
        run_id = message["run"]
        if message["first"] == 1:
            user.follow(run_id)
        behind = user.furthest_behind(run_id)
        if behind is not None and behind < message["last"]:
            self._catch_up_soon(principal, run_id)

    def _catch_up_soon(self, principal: Principal, run_id: str) -> None:
        task = asyncio.create_task(self._caught_up(principal, run_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _caught_up(self, principal: Principal, run_id: str) -> None:
        try:
            await self._catch_up(principal, run_id)
        except StoreUnavailable as error:
            logger.warning("%s could not be read back: %s", run_id, error)
        except Exception:
            logger.exception("%s could not be read back", run_id)

    async def _catch_up(self, principal: Principal, run_id: str) -> None:
        """One reader per run at a time; who comes while it reads has it read once more."""
        key = principal, run_id
        if key in self._reading:
            self._reading[key] = True
            return
        self._reading[key] = True
        try:
            while self._reading[key]:
                self._reading[key] = False
                await self._read(principal, run_id)
                await asyncio.sleep(PACE)
        finally:
            del self._reading[key]

    async def _read(self, principal: Principal, run_id: str) -> None:
        while (user := self._manager.of(principal)) is not None:
            await asyncio.gather(*(socket.drained(PATIENCE) for socket in tuple(user.sockets)))
            after = user.furthest_behind(run_id)
            if after is None:
                return
            events = await self._history.events(principal, run_id, after)
            for event in events:
                await self._room_for(user, event)
                self._manager.deliver(principal, event, new=False)
            if len(events) < PAGE:
                return

    async def _room_for(self, user: UserSockets, event: Event) -> None:
        """A page of large events is more than a queue holds: who reads them is not slow for that."""
        full = [socket for socket in user.sockets if not socket.has_room(event)]
        await asyncio.gather(*(socket.drained(PATIENCE) for socket in full))
