"""Whose databases are whose: a lock that PostgreSQL lets go when its process is gone, however it went."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final

from goldenpath.databases.server import Server

if TYPE_CHECKING:
    from psycopg import Connection

LOCK: Final = 0x67706462
"""The first half of the key of every such lock; the second is the owner's token."""

ABANDONED: Final = """
SELECT datname FROM pg_database
WHERE datname ~ ('^' || %s || '_[a-z0-9_]+_[0-9a-f]{8}_[0-9]+$') AND shobj_description(oid, 'pg_database') IS NULL
  AND NOT EXISTS (
      SELECT FROM pg_locks
      WHERE locktype = 'advisory' AND objsubid = 2 AND classid::int8 = %s
        AND objid::int8 = ('x' || substring(datname FROM '_([0-9a-f]{8})_[0-9]+$'))::bit(32)::int8
  )
"""
"""Named as `Names` does, kept by nobody (see `Server.keep`), and the owner's lock is held in no database."""


class Owner:
    """Holds the lock of one token for as long as this process lives."""

    def __init__(self, server: Server, token: str) -> None:
        self._server = server
        self._key = int.from_bytes(bytes.fromhex(token), signed=True)
        self._lock = threading.Lock()
        self._connection = self._locked()

    def hold(self) -> None:
        """Hold the lock still, or again if the server has ended the connection."""
        from psycopg import OperationalError

        with self._lock:
            try:
                self._connection.execute("SELECT 1")
            except OperationalError:
                self._connection.close()
                self._connection = self._locked()

    def clear(self) -> None:
        """Drop what processes left that were killed; templates stay, and so does what was kept."""
        with self._server.connection() as connection:
            connection.execute("SELECT pg_advisory_lock(%s, 0)", [LOCK])
            try:
                for (name,) in connection.execute(ABANDONED, [self._server.prefix, LOCK]).fetchall():
                    self._server.drop(name)
            finally:
                connection.execute("SELECT pg_advisory_unlock(%s, 0)", [LOCK])

    def close(self) -> None:
        """Let go."""
        self._connection.close()

    def _locked(self) -> Connection[Any]:
        connection = self._server.connect()
        connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", [LOCK, self._key])
        return connection
