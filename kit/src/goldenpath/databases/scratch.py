"""The one database in which every transaction scope of a template lives, and its idle connections."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from goldenpath.databases.address import Address
from goldenpath.databases.pool import ClonePool

if TYPE_CHECKING:
    from goldenpath.databases.scopes import RollbackConnection


class Scratch:
    """Cloned when it is first asked for, and again after a scope has spoiled it."""

    def __init__(self, pool: ClonePool) -> None:
        self._pool = pool
        self._name = ""
        self._idle: list[RollbackConnection] = []
        self._lock = threading.Lock()

    def address(self) -> Address:
        """Where it is."""
        with self._lock:
            if not self._name:
                self._name = self._pool.take(recycled=False)
            return self.of(self._name)

    def of(self, name: str) -> Address:
        """Where a database of this server is."""
        return self._pool.server.address.of(name)

    def borrow(self) -> RollbackConnection:
        """A connection that has entered its scope: an idle one if it is still alive, else a new one."""
        from psycopg import OperationalError

        from goldenpath.databases.scopes import RollbackConnection

        address = self.address()
        with self._lock:
            connection = self._idle.pop() if self._idle else None
        if connection is not None:
            try:
                connection.enter()
            except OperationalError:
                connection.close()
            else:
                return connection
        connection = RollbackConnection.connect(address.url())
        try:
            connection.enter()
        except BaseException:
            connection.close()
            raise
        return connection

    def give_back(self, connection: RollbackConnection) -> None:
        """Keep a connection that has left its scope for the next, unless its database is spoiled meanwhile."""
        with self._lock:
            if connection.info.dbname == self._name:
                self._idle.append(connection)
            else:
                connection.close()

    def spoil(self, address: Address) -> None:
        """Drop this database, in which something was committed for real; the next scope gets another."""
        with self._lock:
            if address.database != self._name:
                return
            self._name = ""
            self._hang_up()
        self._pool.discard(address.database)

    def close(self) -> None:
        """Close the idle connections; the pool drops the database."""
        with self._lock:
            self._name = ""
            self._hang_up()

    def _hang_up(self) -> None:
        while self._idle:
            self._idle.pop().close()
