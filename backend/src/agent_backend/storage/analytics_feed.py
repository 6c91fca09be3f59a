"""Facts on their way to ClickHouse: nobody waits for it, and while it is away they wait for it, up to a limit."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Final

from agent_backend.events import Event
from agent_backend.storage.analytics import EVENTS, UsageAnalytics, event_row
from agent_backend.storage.clickhouse import Row
from agent_backend.storage.stores import StoreUnavailable

HELD: Final = 100_000
"""Facts that may wait; what comes on top is dropped and counted, for PostgreSQL still has it."""
BATCH: Final = 10_000
LINGER: Final = 0.2
"""Seconds in which facts gather: ClickHouse wants few inserts, each of many rows."""
SHORTEST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
FAREWELL: Final = 3.0
"""Seconds in which what waits may still be sent when the service stops."""

CatchUp = Callable[[str], Awaitable[int]]
"""Sends the usage records of a tenant that are missing, and returns how many it sent."""
Sleep = Callable[[float], Awaitable[None]]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FeedStatistics:
    """How the feed does; `error` is why the last attempt failed, None when it did not."""

    waiting: int
    tenants_waiting: int
    sent: int
    dropped: int
    error: str | None


class AnalyticsFeed:
    """Sends facts in batches; an insert that may have succeeded is simply made again.

    Events are gathered here as they happen. Usage records come by the hundred thousand, so of them only the tenant is
    noted, and what ClickHouse lacks is read from PostgreSQL.
    """

    def __init__(
        self, analytics: UsageAnalytics, catch_up: CatchUp, *, held: int = HELD, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._analytics = analytics
        self._catch_up = catch_up
        self._held = held
        self._sleep = sleep
        self._events: deque[Row] = deque()
        self._tenants: set[str] = set()
        self._something = asyncio.Event()
        self._sent = 0
        self._dropped = 0
        self._error: str | None = None

    @classmethod
    @asynccontextmanager
    async def running(cls, analytics: UsageAnalytics, catch_up: CatchUp) -> AsyncIterator[AnalyticsFeed]:
        """A feed that sends while this lasts, and at its end what still waits, if that can be done soon."""
        feed = cls(analytics, catch_up)
        sending = asyncio.create_task(feed.send_always())
        try:
            yield feed
        finally:
            sending.cancel()
            await asyncio.wait([sending])
            try:
                async with asyncio.timeout(FAREWELL):
                    await feed.send_waiting()
            except (StoreUnavailable, TimeoutError):
                logger.warning("%d facts were not sent to ClickHouse", feed.statistics().waiting)

    def usage_changed(self, tenant_id: str) -> None:
        """Send the tenant's new usage records soon; they are committed already."""
        self._tenants.add(tenant_id)
        self._something.set()

    def offer_event(self, tenant_id: str, event: Event) -> None:
        """Send an event soon; it is committed already."""
        row = event_row(tenant_id, event)
        if row is None:
            return
        if len(self._events) >= self._held:
            self._dropped += 1
            return
        self._events.append(row)
        self._something.set()

    def statistics(self) -> FeedStatistics:
        """How many facts wait, were sent and were dropped."""
        return FeedStatistics(len(self._events), len(self._tenants), self._sent, self._dropped, self._error)

    async def send_always(self) -> None:
        """Send what comes; after a failure pause, longer each time. Connects ahead: an engine may start slowly."""
        pause = SHORTEST_PAUSE
        with contextlib.suppress(StoreUnavailable):
            await self._analytics.prepare()
        while True:
            await self._something.wait()
            await self._sleep(LINGER)
            try:
                await self.send_waiting()
                pause = SHORTEST_PAUSE
            except StoreUnavailable as error:
                if self._error is None:
                    logger.warning("facts wait for ClickHouse: %s", error)
                self._error = str(error)
                await self._sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    async def send_waiting(self) -> None:
        """Send what waits now; raises StoreUnavailable, and then what could not be sent waits on."""
        self._something.clear()
        if not self._events and not self._tenants:
            return
        try:
            while batch := list(islice(self._events, BATCH)):
                await self._analytics.insert(EVENTS, batch)
                for _ in batch:
                    self._events.popleft()
                self._sent += len(batch)
            for tenant_id in tuple(self._tenants):
                self._tenants.discard(tenant_id)
                try:
                    self._sent += await self._catch_up(tenant_id)
                except BaseException:
                    self._tenants.add(tenant_id)
                    raise
        except BaseException:
            self._something.set()
            raise
        self._error = None
