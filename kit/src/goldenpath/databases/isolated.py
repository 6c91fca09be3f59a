"""One test's own database."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from goldenpath.databases.address import Address, Driver
from goldenpath.services.clients import driver

if TYPE_CHECKING:
    from psycopg import AsyncConnection, Connection

GRACE: Final = 0.25
PAUSE: Final = 0.001
OPEN: Final = """
SELECT pid, application_name, state, coalesce(now() - state_change, interval '0')::text, left(query, 200)
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' ORDER BY pid
"""


@dataclass(frozen=True)
class OpenConnection:
    """A connection that somebody still holds."""

    pid: int
    application: str
    state: str
    since: str
    query: str

    def __str__(self) -> str:
        who = f" of {self.application}" if self.application else ""
        return f"pid {self.pid}{who}, {self.state} for {self.since}, last ran: {self.query}"


@dataclass(frozen=True)
class IsolatedDatabase:
    """A database that nobody else uses, with everything in it committed for real."""

    address: Address
    how: str
    """`clone` if it is brand-new, `reset` if it was used before and proved to be as new."""

    @property
    def name(self) -> str:
        """Its name on the server."""
        return self.address.database

    @property
    def url(self) -> str:
        """Its URL for psycopg and every other user of libpq."""
        return self.address.url()

    def url_for(self, driver: Driver) -> str:
        """Its URL in the words of another driver, TLS settings included."""
        return self.address.url(driver)

    def connect(self, **options: Any) -> Connection[Any]:
        """A new psycopg connection."""
        connection: Connection[Any] = driver("psycopg").connect(self.url, **options)
        return connection

    async def aconnect(self, **options: Any) -> AsyncConnection[Any]:
        """A new async psycopg connection."""
        connection: AsyncConnection[Any] = await driver("psycopg").AsyncConnection.connect(self.url, **options)
        return connection


def still_open(
    connection: Connection[Any],
    *,
    grace: float = GRACE,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> list[OpenConnection]:
    """Every other client of this connection's database, once those that are just closing had the time to."""
    deadline = clock() + grace
    while (rows := connection.execute(OPEN).fetchall()) and clock() < deadline:
        pause(PAUSE)
    return [OpenConnection(*row) for row in rows]
