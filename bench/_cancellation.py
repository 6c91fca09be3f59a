"""Cancelled requests against a store behind a proxy that delays its replies: does anyone get another's reply?"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

from agent_backend.storage import DatabaseManager, RedisStore

WORKERS = 32
LONGEST_DELAY = 0.003
KEYS = 500


@dataclass
class Storm:
    """What became of the requests; `crossed` are replies that belong to another request."""

    requests: int = 0
    cancelled: int = 0
    answered: int = 0
    crossed: int = 0


class DelayingProxy:
    """Passes bytes on in both directions; what the server says waits a little, now longer, now shorter."""

    def __init__(self, upstream: str | tuple[str, int], chance: random.Random) -> None:
        self._upstream = upstream
        self._chance = chance
        self._tasks: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        async with server:
            yield server.sockets[0].getsockname()[1]
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        connect = asyncio.open_unix_connection if isinstance(self._upstream, str) else asyncio.open_connection
        try:
            upstream_reader, upstream_writer = await connect(
                *([self._upstream] if isinstance(self._upstream, str) else self._upstream)
            )
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pass_on(reader, upstream_writer, lambda: 0.0))
                    both.create_task(_pass_on(upstream_reader, writer, lambda: self._chance.uniform(0, LONGEST_DELAY)))
            finally:
                upstream_writer.close()
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)


class _Ended(OSError):
    """One side has closed; the other direction need not go on."""


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: Callable[[], float]) -> None:
    while chunk := await reader.read(65536):
        await asyncio.sleep(delay())
        writer.write(chunk)
        await writer.drain()
    raise _Ended


async def storm(ask: Callable[[int], Awaitable[bool]], requests: int, chance: random.Random) -> Storm:
    """Send requests from many workers, cancel about half of them in flight, and check every reply that comes."""
    result = Storm()
    numbers = iter(range(requests))

    async def work() -> None:
        for number in numbers:
            result.requests += 1
            request = asyncio.ensure_future(ask(number))
            if chance.random() < 0.5:
                await asyncio.sleep(chance.uniform(0, 2 * LONGEST_DELAY))
                request.cancel()
            try:
                own = await request
            except asyncio.CancelledError:
                result.cancelled += 1
                continue
            result.answered += 1
            result.crossed += not own

    async with asyncio.TaskGroup() as workers:
        for _ in range(WORKERS):
            workers.create_task(work())
    return result


async def storm_on_redis(url: str, requests: int, seed: int = 1) -> Storm:
    """Read values that tell whose they are, through the store that the service uses."""
    chance = random.Random(seed)
    parts = urlsplit(url)
    upstream = parts.path if parts.scheme == "unix" else (parts.hostname or "127.0.0.1", parts.port or 6379)
    async with DelayingProxy(upstream, chance).listening() as port:
        user = f":{parts.password}@" if parts.password else ""
        store = await RedisStore.open(f"redis://{user}127.0.0.1:{port}/0")
        try:
            for number in range(KEYS):
                await store.put(f"storm:{number}", f"value {number}".encode(), timedelta(hours=1), "storm")

            async def ask(number: int) -> bool:
                return await store.peek(f"storm:{number % KEYS}") == f"value {number % KEYS}".encode()

            result = await storm(ask, requests, chance)
            for number in range(KEYS):
                await store.remove(f"storm:{number}")
        finally:
            await store.close()
    return result


async def storm_on_postgres(url: str, requests: int, seed: int = 1) -> Storm:
    """Ask for one's own number as one's own tenant, through the manager that the service uses."""
    chance = random.Random(seed)
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0]
    upstream = f"{host}/.s.PGSQL.{parts.port or 5432}" if host.startswith("/") else (host, parts.port or 5432)
    async with DelayingProxy(upstream, chance).listening() as port:
        user = parts.netloc.rpartition("@")[0] or "postgres"
        database = await DatabaseManager.open(f"postgresql://{user}@127.0.0.1:{port}/{quote(parts.path[1:])}")

        async def ask(number: int) -> bool:
            tenant = f"ten_{number}"
            async with database.tenant(tenant) as connection:
                row = await (await connection.execute("SELECT %s::bigint, current_tenant()", [number])).fetchone()
            return row == (number, tenant)

        try:
            return await storm(ask, requests, chance)
        finally:
            await database.close()
