"""What may be lost and must be taken once: values with a time to live in Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from agent_backend.storage.stores import StoreUnavailable, address

PATIENCE: Final = 5
"""Seconds to wait for the server, and for one's turn."""
CONNECTIONS: Final = 32
"""At most; whoever asks when all are in use waits."""

_MEND: Final = "check AGENT_BACKEND_REDIS_URL"
_SHUT: Final = "shut:"
# One step for Redis, and one round trip: GETDEL, and nothing where the holder was shut out meanwhile.
_TAKE: Final = """
local kept = redis.call('GETDEL', KEYS[1])
if not kept then return nil end
local holder, value = string.match(kept, '^(%S+) (.*)$')
if redis.call('EXISTS', ARGV[1] .. holder) == 1 then return nil end
return value
"""


class RedisStore:
    """Put a value for a while; take it, and no one else gets it, nor anyone once its holder was shut out."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._take = client.register_script(_TAKE)

    @classmethod
    async def open(cls, url: str) -> RedisStore:
        """Connect and check that the server answers, or raise StoreUnavailable."""
        try:
            store = cls(Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE))
        except ValueError:
            raise StoreUnavailable(
                "Redis", f"its URL cannot be read, perhaps for a character that must be percent-encoded; {_MEND}"
            ) from None
        try:
            await store.ping()
        except StoreUnavailable as error:
            await store.close()
            raise StoreUnavailable("Redis", f"{address(url)} cannot be used ({error.__cause__}); {_MEND}") from error
        return store

    async def close(self) -> None:
        await self._client.aclose()

    async def ping(self) -> None:
        """Raise StoreUnavailable unless the server answers."""
        async with self._turn():
            await self._client.ping()

    async def put(self, key: str, value: bytes, ttl: timedelta, holder: str) -> None:
        """Keep a value of this holder's under a new key until its time is over."""
        async with self._turn():
            await self._client.set(key, b"%s %s" % (holder.encode(), value), px=ttl)

    async def take(self, key: str) -> bytes | None:
        """Read and remove in one step (GETDEL): between a GET and a DEL a second taker would win as well."""
        async with self._turn():
            taken: bytes | None = await self._take(keys=[key], args=[_SHUT])
            return taken

    async def shut_out(self, holder: str, ttl: timedelta) -> None:
        """Nothing of this holder's can be taken for so long, not even what is put only now."""
        async with self._turn():
            await self._client.set(_SHUT + holder, b"", px=ttl)

    async def peek(self, key: str) -> bytes | None:
        """Read and leave it there."""
        async with self._turn():
            found: Any = await self._client.get(key)
            return None if found is None else bytes(found.partition(b" ")[2])

    async def remove(self, key: str) -> bool:
        """Remove it; False when it was not there any more."""
        async with self._turn():
            return bool(await self._client.delete(key))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One of the connections; what fails on it has the store's name."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._turns.acquire()
        except TimeoutError:
            raise StoreUnavailable("Redis", f"{CONNECTIONS} connections are busy for {PATIENCE} s") from None
        try:
            yield
        except (RedisError, OSError) as error:
            raise StoreUnavailable("Redis", str(error)) from error
        finally:
            self._turns.release()
