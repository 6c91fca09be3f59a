"""A closer look at each store, for whoever sets the service up: not only whether it answers, but whether it will do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from redis.asyncio import Redis
from redis.exceptions import RedisError

from agent_backend.storage.clickhouse import ClickHouse
from agent_backend.storage.database import APP_ROLE, DatabaseManager
from agent_backend.storage.migrations import MigrationError
from agent_backend.storage.stores import StoreUnavailable

OLDEST_POSTGRES: Final = 16
OLDEST_REDIS: Final = (6, 2)
"""The first version with GETDEL, by which a ticket is taken once."""
_OLDEST_REDIS: Final = ".".join(map(str, OLDEST_REDIS))

_UNFORCED: Final = """
SELECT relname FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT (relrowsecurity AND relforcerowsecurity)
  AND has_table_privilege(%s, oid, 'SELECT, INSERT, UPDATE, DELETE') AND EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'tenant_id' AND NOT attisdropped)
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    store: str
    ok: bool
    text: str


async def inspect_postgres(url: str, *, encrypted: bool) -> AsyncIterator[Finding]:
    """The server, the schema, the role and the policies; `encrypted` says that the way there must be."""
    try:
        database = await DatabaseManager.open(url, max_size=1)
    except StoreUnavailable as error:
        yield Finding("PostgreSQL", False, _own("PostgreSQL", str(error)))
        return
    except MigrationError as error:
        yield Finding("PostgreSQL", False, str(error))
        return
    try:
        yield Finding("PostgreSQL", True, f"it answers, the schema is ours, and {APP_ROLE} is bound by its policies")
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
            number = connection.info.server_version // 10_000
            if number < OLDEST_POSTGRES:
                yield Finding("PostgreSQL", False, f"is version {number}; {OLDEST_POSTGRES} or newer is needed")
            rows = await (await connection.execute(_UNFORCED, [APP_ROLE])).fetchall()
            for (table,) in rows:
                yield Finding("PostgreSQL", False, f"table {table} is not under forced row level security")
        if encrypted and not await database.encrypted():
            yield Finding("PostgreSQL", False, "the way to it is not encrypted; add sslmode=verify-full to its URL")
    finally:
        await database.close()


async def inspect_redis(url: str, *, encrypted: bool) -> AsyncIterator[Finding]:
    """The server, and whether it would throw tickets away to make room."""
    try:
        client = Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5)
    except ValueError:
        yield Finding("Redis", False, "its URL cannot be read; check AGENT_BACKEND_REDIS_URL")
        return
    try:
        info: dict[str, Any] = await client.info()
        version = str(info.get("redis_version", "0"))
        if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_REDIS:
            yield Finding("Redis", False, f"is version {version}; {_OLDEST_REDIS} or newer is needed")
        else:
            yield Finding("Redis", True, f"it answers (version {version})")
        policy = str(info.get("maxmemory_policy", "noeviction"))
        if policy.startswith("allkeys"):
            text = f"its maxmemory-policy is {policy}: it may throw tickets away; set noeviction or volatile-ttl"
            yield Finding("Redis", False, text)
        if encrypted and not url.startswith("rediss://"):
            yield Finding("Redis", False, "the way to it is not encrypted; use rediss:// in its URL")
    except (RedisError, OSError) as error:
        yield Finding("Redis", False, f"it cannot be used ({error}); check AGENT_BACKEND_REDIS_URL")
    finally:
        await client.aclose()


async def inspect_clickhouse(url: str, *, encrypted: bool) -> AsyncIterator[Finding]:
    """The server."""
    try:
        clickhouse = await ClickHouse.open(url)
    except StoreUnavailable as error:
        yield Finding("ClickHouse", False, _own("ClickHouse", str(error)))
        return
    await clickhouse.close()
    yield Finding("ClickHouse", True, "it answers")
    if encrypted and url.startswith(("clickhouse://", "http://")):
        yield Finding("ClickHouse", False, "the way to it is not encrypted; use clickhouses:// in its URL")


Inspection = Callable[..., AsyncIterator[Finding]]
INSPECTIONS: Final[dict[str, Inspection]] = {
    "database.url": inspect_postgres,
    "redis.url": inspect_redis,
    "clickhouse.url": inspect_clickhouse,
}
"""By the setting that leads to the store."""


def _own(store: str, text: str) -> str:
    return text.removeprefix(f"{store}: ")
