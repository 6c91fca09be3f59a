"""Connections whose every commit is undone when the test is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final

from psycopg import AsyncConnection, Connection, OperationalError
from psycopg.pq import TransactionStatus

from goldenpath.databases.address import Address
from goldenpath.databases.errors import DatabaseTestError
from goldenpath.databases.scratch import Scratch

if TYPE_CHECKING:
    from asyncpg import Connection as AsyncpgConnection
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import Session

ENTER: Final = b"SAVEPOINT goldenpath"
COMMIT: Final = b"RELEASE SAVEPOINT goldenpath; SAVEPOINT goldenpath"
ROLLBACK: Final = b"ROLLBACK TO SAVEPOINT goldenpath"
LEAVE: Final = ROLLBACK + b"; ROLLBACK; SELECT pg_advisory_unlock_all(); DEALLOCATE ALL"
"""Begins with the savepoint, because it is gone if the test ended the transaction by itself."""
NO_SAVEPOINT: Final = {"3B001", "25P01"}
"""What PostgreSQL answers when the savepoint, or the transaction around it, is gone."""
DEFERRED: Final = b"""
SELECT string_agg(format('%I.%I', nspname, conname), ', ')
FROM pg_constraint JOIN pg_namespace n ON n.oid = connamespace WHERE condeferred
"""


def commits(deferred: str | None) -> list[bytes]:
    """What stands for a commit; deferred constraints are checked there, as a real commit would."""
    if not deferred:
        return [COMMIT]
    return [b"SET CONSTRAINTS ALL IMMEDIATE", COMMIT, f"SET CONSTRAINTS {deferred} DEFERRED".encode()]


class RollbackConnection(Connection[Any]):
    """A psycopg connection inside a transaction that never ends well: commit and rollback move a savepoint."""

    _deferred: str | None = None

    def enter(self) -> None:
        """Begin what will be undone."""
        if self._deferred is None:
            row = self.execute(DEFERRED).fetchone()
            self._deferred = (row and row[0]) or ""
            super().rollback()
        self.execute(ENTER)

    def leave(self) -> None:
        """Undo everything, and forget what the test set on this object: row factory, adapters, handlers, statements."""
        Connection.__init__(self, self.pgconn)
        self.execute(LEAVE)

    def commit(self) -> None:
        """What a commit would do to this connection, undone later."""
        if self.info.transaction_status == TransactionStatus.INERROR:
            return self.rollback()
        for statement in commits(self._deferred):
            self.execute(statement)
        return None

    def rollback(self) -> None:
        """Back to the last commit."""
        self.execute(ROLLBACK)


class AsyncRollbackConnection(AsyncConnection[Any]):
    """The same for psycopg's async connection."""

    _deferred: str | None = None

    async def enter(self) -> None:
        """Begin what will be undone."""
        if self._deferred is None:
            row = await (await self.execute(DEFERRED)).fetchone()
            self._deferred = (row and row[0]) or ""
            await super().rollback()
        await self.execute(ENTER)

    async def commit(self) -> None:
        """What a commit would do to this connection, undone later."""
        if self.info.transaction_status == TransactionStatus.INERROR:
            return await self.rollback()
        for statement in commits(self._deferred):
            await self.execute(statement)
        return None

    async def rollback(self) -> None:
        """Back to the last commit."""
        await self.execute(ROLLBACK)


@contextmanager
def leaving(scratch: Scratch, address: Address) -> Iterator[None]:
    """Going back to the savepoint: if there is none, the test may have committed, and the database is dropped."""
    try:
        yield
    except Exception as error:
        if getattr(getattr(error, "orig", error), "sqlstate", None) not in NO_SAVEPOINT:
            raise
        scratch.spoil(address)
        raise DatabaseTestError(
            "the test ended its scope's transaction with SQL of its own (COMMIT, ROLLBACK), so what it wrote may be "
            "committed; that database is dropped. Call commit() and rollback() of the connection or session instead, "
            "or use database(), where commits are real"
        ) from error


@contextmanager
def psycopg_scope(scratch: Scratch) -> Iterator[RollbackConnection]:
    """A psycopg connection, undone on leaving and kept open for the next scope."""
    connection = scratch.borrow()
    address = scratch.of(connection.info.dbname)
    try:
        yield connection
    finally:
        if connection.info.transaction_status == TransactionStatus.ACTIVE:
            connection.close()
        if not connection.closed:
            leave(connection, scratch, address)


def leave(connection: RollbackConnection, scratch: Scratch, address: Address) -> None:
    """Give the connection back; one that the server has ended is undone already."""
    try:
        with leaving(scratch, address):
            connection.leave()
    except OperationalError:
        connection.close()
    except BaseException:
        connection.close()
        raise
    else:
        scratch.give_back(connection)


@asynccontextmanager
async def async_psycopg_scope(scratch: Scratch) -> AsyncIterator[AsyncConnection[Any]]:
    """An async psycopg connection, undone on leaving."""
    address = await asyncio.to_thread(scratch.address)
    connection = await AsyncRollbackConnection.connect(address.url())
    try:
        await connection.enter()
        yield connection
    finally:
        try:
            if connection.info.transaction_status not in {TransactionStatus.ACTIVE, TransactionStatus.UNKNOWN}:
                with leaving(scratch, address):
                    await connection.execute(ROLLBACK, prepare=False)
        finally:
            await connection.close()


@asynccontextmanager
async def asyncpg_scope(scratch: Scratch) -> AsyncIterator[AsyncpgConnection[Any]]:
    """An asyncpg connection inside a transaction, so that its own transactions are savepoints; undone on leaving."""
    import asyncpg

    address = await asyncio.to_thread(scratch.address)
    connection = await asyncpg.connect(address.url("asyncpg"))
    try:
        await connection.transaction().start()
        await connection.execute(ENTER.decode())
        yield connection
    finally:
        try:
            if not connection.is_closed():
                with leaving(scratch, address):
                    await connection.execute(ROLLBACK.decode())
        finally:
            await connection.close()


@contextmanager
def sqlalchemy_scope(scratch: Scratch) -> Iterator[Session]:
    """A SQLAlchemy session whose commits are savepoints of a transaction that is undone on leaving."""
    from sqlalchemy import NullPool, create_engine
    from sqlalchemy.orm import Session

    address = scratch.address()
    engine = create_engine(address.url("sqlalchemy+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        transaction = connection.begin()
        connection.exec_driver_sql(ENTER.decode())
        try:
            with Session(bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
                yield session
        finally:
            with leaving(scratch, address):
                try:
                    connection.exec_driver_sql(ROLLBACK.decode())
                finally:
                    transaction.rollback()


@asynccontextmanager
async def async_sqlalchemy_scope(scratch: Scratch) -> AsyncIterator[AsyncSession]:
    """The same for SQLAlchemy's async session, over asyncpg."""
    from sqlalchemy import NullPool
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    address = await asyncio.to_thread(scratch.address)
    engine = create_async_engine(address.url("sqlalchemy+asyncpg"), poolclass=NullPool)
    async with engine.connect() as connection:
        transaction = await connection.begin()
        await connection.exec_driver_sql(ENTER.decode())
        try:
            joined = AsyncSession(bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
            async with joined as session:
                yield session
        finally:
            with leaving(scratch, address):
                try:
                    await connection.exec_driver_sql(ROLLBACK.decode())
                finally:
                    await transaction.rollback()
