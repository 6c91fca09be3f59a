"""Connections whose every commit is undone when the test is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Final

from psycopg import AsyncConnection, Connection
from psycopg.pq import TransactionStatus

from goldenpath.databases.address import Address

if TYPE_CHECKING:
    from asyncpg import Connection as AsyncpgConnection
    from sqlalchemy.ext.asyncio import AsyncSession
    from sqlalchemy.orm import Session

ENTER: Final = b"SAVEPOINT goldenpath"
COMMIT: Final = b"RELEASE SAVEPOINT goldenpath; SAVEPOINT goldenpath"
ROLLBACK: Final = b"ROLLBACK TO SAVEPOINT goldenpath"
LEAVE: Final = b"ROLLBACK; SELECT pg_advisory_unlock_all()"
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
        """Undo everything."""
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
def psycopg_scope(address: Address, idle: list[RollbackConnection]) -> Iterator[RollbackConnection]:
    """A psycopg connection, undone on leaving and kept open for the next scope."""
    connection = idle.pop() if idle else RollbackConnection.connect(address.url())
    connection.enter()
    try:
        yield connection
    finally:
        if connection.closed:
            pass
        elif connection.broken or connection.info.transaction_status == TransactionStatus.ACTIVE:
            connection.close()
        else:
            connection.leave()
            idle.append(connection)


@asynccontextmanager
async def async_psycopg_scope(address: Address) -> AsyncIterator[AsyncConnection[Any]]:
    """An async psycopg connection, undone on leaving."""
    connection = await AsyncRollbackConnection.connect(address.url())
    try:
        await connection.enter()
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def asyncpg_scope(address: Address) -> AsyncIterator[AsyncpgConnection[Any]]:
    """An asyncpg connection inside a transaction, so that its own transactions are savepoints; undone on leaving."""
    import asyncpg

    connection = await asyncpg.connect(address.url("asyncpg"))
    try:
        transaction = connection.transaction()
        await transaction.start()
        try:
            yield connection
        finally:
            await transaction.rollback()
    finally:
        await connection.close()


@contextmanager
def sqlalchemy_scope(address: Address) -> Iterator[Session]:
    """A SQLAlchemy session whose commits are savepoints of a transaction that is undone on leaving."""
    from sqlalchemy import NullPool, create_engine
    from sqlalchemy.orm import Session

    engine = create_engine(address.url("sqlalchemy+psycopg"), poolclass=NullPool)
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            with Session(bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
                yield session
        finally:
            transaction.rollback()


@asynccontextmanager
async def async_sqlalchemy_scope(address: Address) -> AsyncIterator[AsyncSession]:
    """The same for SQLAlchemy's async session, over asyncpg."""
    from sqlalchemy import NullPool
    from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

    engine = create_async_engine(address.url("sqlalchemy+asyncpg"), poolclass=NullPool)
    async with engine.connect() as connection:
        transaction = await connection.begin()
        try:
            joined = AsyncSession(bind=connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
            async with joined as session:
                yield session
        finally:
            await transaction.rollback()
