"""What may be lost and must be taken once: values with a time to live in Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from redis.asyncio import Redis
from redis.exceptions import RedisError

from agent_backend.storage.stores import StoreUnavailable, address


class RedisStore:
    """Put a value for a while; take it, and no one else gets it."""

    def __init__(self, client: Redis) -> None:
        self._client = client

    @classmethod
    async def open(cls, url: str) -> RedisStore:
        """Connect and check that the server answers, or raise StoreUnavailable."""
        store = cls(Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5))
        try:
            await store.ping()
        except StoreUnavailable as error:
            await store.close()
            reason = str(error.__cause__)
            raise StoreUnavailable(
                "Redis", f"{address(url)} cannot be used ({reason}); check AGENT_BACKEND_REDIS_URL"
            ) from error
        return store

    async def close(self) -> None:
        await self._client.aclose()

    async def ping(self) -> None:
        """Raise StoreUnavailable unless the server answers."""
        async with self._named_errors():
            await self._client.ping()

    async def put(self, key: str, value: bytes, ttl: timedelta) -> None:
        """Keep a value under a new key until its time is over."""
        async with self._named_errors():
            await self._client.set(key, value, px=ttl)

    async def take(self, key: str) -> bytes | None:
        """Read and remove in one step (GETDEL): between a GET and a DEL a second taker would win as well."""
        async with self._named_errors():
            taken = await self._client.getdel(key)
            return taken.encode() if isinstance(taken, str) else taken

    @asynccontextmanager
    async def _named_errors(self) -> AsyncIterator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            raise StoreUnavailable("Redis", str(error)) from error
