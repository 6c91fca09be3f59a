"""What instances tell each other through Redis: that something is in the log, never the thing itself.

A message may be lost, and Redis may be away: whoever listens reads the log in any case, and looks there by himself for
what he has not heard of for a while.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from agent_backend.context import Principal

PATIENCE: Final = 5
"""Seconds to wait for the server."""
RETRY: Final = 0.5
"""Seconds between two attempts to reach Redis again."""
PACE: Final = 0.005
"""Seconds between two publications: what happens meanwhile is announced in one message."""
HELD: Final = 1024
"""How many announcements wait for a Redis that is slow; more than these are lost, as any may be."""

SESSIONS: Final = "ended-sessions"
CANCELLATIONS: Final = "cancelled-runs"
_STANDING: Final = (SESSIONS, CANCELLATIONS)
"""What every instance hears: both are rare, and either may concern any of them."""

Heard = Callable[[str, Mapping[str, Any]], None]
"""Told the channel and the message."""

logger = logging.getLogger(__name__)


def channel_of(principal: Principal) -> str:
    """Where it is announced that runs of this user have moved on; the tenant is part of it, for ids may be guessed."""
    return f"runs:{principal.tenant_id}:{principal.user_id}"


class Announcements:
    """Publishes without waiting, and hears what others publish on the channels that were joined."""

    def __init__(self, client: Redis, origin: str) -> None:
        self._client = client
        self._origin = origin
        self._heard: list[Heard] = []
        self._wanted = set(_STANDING)
        self._pending: dict[tuple[str, str], dict[str, Any]] = {}
        self._something = asyncio.Event()
        self._pubsub: PubSub | None = None
        self._closing = False
        self.connected = False

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, origin: str) -> AsyncIterator[Announcements]:
        """Publish and listen, through every absence of Redis; `origin` names this instance."""
        client = Redis.from_url(url, socket_connect_timeout=PATIENCE, health_check_interval=PATIENCE)
        announcements = cls(client, origin)
        running = asyncio.create_task(announcements._run())
        running.add_done_callback(_ended)
        try:
            yield announcements
        finally:
            announcements._closing = True
            while not running.done():
                running.cancel()
                await asyncio.wait([running], timeout=RETRY)
            await client.aclose()

    def on_heard(self, heard: Heard) -> None:
        """Also tell this one what others announce; what this instance announces itself is not told."""
        self._heard.append(heard)

    def progress(self, principal: Principal, run_id: str, seq: int) -> None:
        """Announce soon that a run has reached this event; several at once are announced from first to last."""
        self._put(channel_of(principal), run_id, {"run": run_id, "first": seq, "last": seq})

    def tell(self, channel: str, key: str, message: Mapping[str, Any]) -> None:
        """Announce something else."""
        self._put(channel, key, dict(message))

    async def join(self, principal: Principal) -> None:
        """Hear of this user's runs from now on."""
        channel = channel_of(principal)
        self._wanted.add(channel)
        await self._subscribe(channel, joining=True)

    async def leave(self, principal: Principal) -> None:
        """Hear of them no longer."""
        channel = channel_of(principal)
        self._wanted.discard(channel)
        await self._subscribe(channel, joining=False)

    def _put(self, channel: str, key: str, message: dict[str, Any]) -> None:
        waiting = self._pending.get((channel, key))
        if waiting is None and len(self._pending) >= HELD:
            return
        first = {} if waiting is None or "first" not in waiting else {"first": waiting["first"]}
        self._pending[channel, key] = message | first | {"origin": self._origin}
        self._something.set()

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as both:
            both.create_task(self._publish())
            both.create_task(self._listen())

    async def _publish(self) -> None:
        while not self._closing:
            await self._something.wait()
            self._something.clear()
            pending, self._pending = self._pending, {}
            try:
                async with self._client.pipeline(transaction=False) as pipeline:
                    for (channel, _), message in pending.items():
                        pipeline.publish(channel, json.dumps(message))
                    await pipeline.execute()
                await asyncio.sleep(PACE)
            except (RedisError, OSError) as error:
                logger.warning("%d announcements were lost: %s", len(pending), error)
                await asyncio.sleep(RETRY)

    async def _listen(self) -> None:
        """A driver that fails while it is cancelled would have the cancellation forgotten: hence `_closing`."""
        while not self._closing:
            try:
                async with self._client.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(*self._wanted)
                    self._pubsub, self.connected = pubsub, True
                    async for message in pubsub.listen():
                        self._hear(message["channel"].decode(), message["data"])
            except (RedisError, OSError) as error:
                logger.warning("announcements cannot be heard: %s", error)
            finally:
                self._pubsub, self.connected = None, False
            await asyncio.sleep(RETRY)

    def _hear(self, channel: str, data: bytes) -> None:
        try:
            message = json.loads(data)
            if message.pop("origin") != self._origin:
                for heard in self._heard:
                    heard(channel, message)
        except Exception:
            logger.exception("an announcement could not be understood")

    async def _subscribe(self, channel: str, *, joining: bool) -> None:
        """Where Redis is away, the next connection joins all that is wanted."""
        if self._pubsub is None:
            return
        try:
            await (self._pubsub.subscribe(channel) if joining else self._pubsub.unsubscribe(channel))
        except (RedisError, OSError) as error:
            logger.warning("%s could not be %s: %s", channel, "joined" if joining else "left", error)


def _ended(running: asyncio.Task[None]) -> None:
    """It ends by being cancelled; any other end is a defect, and must not be silent."""
    if not running.cancelled() and (error := running.exception()) is not None:
        logger.error("announcements have ended", exc_info=error)
