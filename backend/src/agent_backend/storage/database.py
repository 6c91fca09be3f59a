"""The way to PostgreSQL: a pool whose connections work as the powerless role, one tenant per transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import AsyncConnectionPool

from agent_backend.storage.migrations import MigrationError, check_current
from agent_backend.storage.postgres import check_url, unreachable
from agent_backend.storage.stores import StoreUnavailable

APP_ROLE: Final = "agent_backend_app"
PATIENCE: Final = 5
"""Seconds to wait for the server, or for a free connection to it."""

Connection = psycopg.AsyncConnection[Any]

# Transaction-local (the third argument): whatever happens, the setting is gone before the pool hands the connection on.
# Sent in one message with BEGIN: a session within a tenant costs no more round trips than one without.
_BEGIN: Final = sql.SQL("BEGIN; SELECT set_config({setting}, {value}, true)")
_TENANT: Final = "agent_backend.tenant"
_TENANT_NAME: Final = "agent_backend.tenant_name"
_MAY_BYPASS: Final = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


@dataclass(frozen=True, slots=True)
class PoolStatistics:
    """How busy the connections are."""

    size: int
    largest: int
    idle: int
    waiting: int
    """Requests that wait for a connection right now."""
    requests: int
    requests_that_waited: int
    requests_refused: int
    """Requests that gave up waiting, since the start."""
    connections_lost: int


class DatabaseManager:
    """Sessions that commit or roll back whole, each of them within one tenant."""

    def __init__(self, pool: AsyncConnectionPool[Connection]) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str, *, max_size: int = 10) -> DatabaseManager:
        """Check that the server answers and its schema is ours, then open the pool; raise where it cannot be used."""
        check_url(url)
        pool = AsyncConnectionPool[Connection](
            url,
            kwargs=as_role(url, APP_ROLE) | {"autocommit": True},
            min_size=1,
            max_size=max_size,
            timeout=PATIENCE,
            open=False,
        )
        try:
            async with await psycopg.AsyncConnection.connect(url, connect_timeout=PATIENCE) as connection:
                await check_current(connection)
            async with await psycopg.AsyncConnection.connect(url, **as_role(url, APP_ROLE)) as connection:
                if await (await connection.execute(_MAY_BYPASS)).fetchone() != (False,):
                    raise MigrationError(f"the role {APP_ROLE} may bypass row level security; recreate it without that")
            await pool.open(wait=True, timeout=PATIENCE)
        except psycopg.OperationalError as error:
            await pool.close()
            raise unreachable(url, error) from error
        return cls(pool)

    async def close(self) -> None:
        """Give every connection back to the server."""
        await self._pool.close()

    @asynccontextmanager
    async def tenant(self, tenant_id: str) -> AsyncIterator[Connection]:
        """One transaction that sees and writes the rows of one tenant only."""
        async with self._transaction(_TENANT, tenant_id) as connection:
            yield connection

    @asynccontextmanager
    async def tenant_named(self, name: str) -> AsyncIterator[Connection]:
        """One transaction that sees the tenant of this name, and none of its rows: the first step of a login."""
        async with self._transaction(_TENANT_NAME, name) as connection:
            yield connection

    async def call(self, statement: LiteralString, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """Call a function of the schema that is a transaction by itself and names its tenant first: one round trip."""
        try:
            async with self._pool.connection() as connection:
                return await (await connection.execute(statement, parameters)).fetchall()
        except psycopg.OperationalError as error:
            raise StoreUnavailable("PostgreSQL", str(error).strip()) from error

    async def ping(self) -> None:
        """Raise StoreUnavailable unless the server answers."""
        async with self._transaction(_TENANT, ""):
            pass

    async def encrypted(self) -> bool:
        """Whether the way to the server is encrypted; `sslmode` in the URL decides that."""
        async with self._transaction(_TENANT, "") as connection:
            return connection.pgconn.ssl_in_use

    def statistics(self) -> PoolStatistics:
        """How busy the pool is now, and what it has seen since the start."""
        seen = self._pool.get_stats()
        return PoolStatistics(
            size=seen.get("pool_size", 0),
            largest=seen.get("pool_max", 0),
            idle=seen.get("pool_available", 0),
            waiting=seen.get("requests_waiting", 0),
            requests=seen.get("requests_num", 0),
            requests_that_waited=seen.get("requests_queued", 0),
            requests_refused=seen.get("requests_errors", 0),
            connections_lost=seen.get("connections_lost", 0),
        )

    @asynccontextmanager
    async def _transaction(self, setting: str, value: str) -> AsyncIterator[Connection]:
        """The pool commits when the block ends, and rolls back when it fails or is cancelled."""
        try:
            async with self._pool.connection() as connection:
                await connection.execute(_begin(setting, value), prepare=False)
                yield connection
        except psycopg.OperationalError as error:
            raise StoreUnavailable("PostgreSQL", str(error).strip()) from error


@lru_cache(maxsize=4096)
def _begin(setting: str, value: str) -> bytes:
    """The first message of a transaction. It has no parameters, for these would take a message each."""
    return _BEGIN.format(setting=sql.Literal(setting), value=sql.Literal(value)).as_bytes()


def as_role(url: str, role: str, settings: str = "") -> dict[str, Any]:
    """Take the role when connecting, so that even RESET ROLE comes back to it."""
    options = conninfo_to_dict(url).get("options") or ""
    return {"options": f"{options} -c role={role} {settings}".strip(), "connect_timeout": PATIENCE}
