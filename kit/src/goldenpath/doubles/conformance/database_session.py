"""What an async database session does, whoever implements it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from inspect import iscoroutinefunction
from typing import Any

from goldenpath.doubles.conformance.refusal import refused

AWAITED = ("execute", "scalar", "scalars", "get", "delete", "flush", "refresh", "commit", "rollback", "close")
PLAIN = ("add", "add_all", "begin", "in_transaction")

PEOPLE = [(1, "ada"), (2, "bob")]
COLUMNS = ("id", "name")


class DatabaseSessionConformance:
    """Subclass it, say what to `open`, and mark the subclass for your async plugin.

    `open` yields a fresh session and a statement that this session answers with the given rows.
    """

    def open(
        self, rows: Sequence[tuple[Any, ...]] = PEOPLE, columns: Sequence[str] = COLUMNS
    ) -> AbstractAsyncContextManager[tuple[Any, Any]]:
        raise NotImplementedError(f"{type(self).__name__}.open() says which session the suite runs on")

    async def test_what_is_awaited_and_what_is_not(self) -> None:
        async with self.open() as (session, _):
            asynchronous = {name: iscoroutinefunction(getattr(session, name)) for name in AWAITED + PLAIN}
            assert asynchronous == {**dict.fromkeys(AWAITED, True), **dict.fromkeys(PLAIN, False)}

    async def test_all_rows_are_fetched_once(self) -> None:
        async with self.open() as (session, statement):
            result = await session.execute(statement)
            assert [tuple(row) for row in result.fetchall()] == PEOPLE
            assert result.fetchall() == []

    async def test_rows_are_fetched_one_by_one_then_none(self) -> None:
        async with self.open() as (session, statement):
            result = await session.execute(statement)
            assert [tuple(result.fetchone()), tuple(result.fetchone()), result.fetchone()] == [*PEOPLE, None]

    async def test_rows_are_fetched_some_at_a_time(self) -> None:
        rows = [(number,) for number in range(5)]
        async with self.open(rows, ("n",)) as (session, statement):
            result = await session.execute(statement)
            assert [[row[0] for row in result.fetchmany(2)] for _ in range(4)] == [[0, 1], [2, 3], [4], []]

    async def test_a_result_is_iterated(self) -> None:
        async with self.open() as (session, statement):
            assert [tuple(row) for row in await session.execute(statement)] == PEOPLE

    async def test_the_first_row_or_none(self) -> None:
        async with self.open() as (session, statement):
            assert tuple((await session.execute(statement)).first()) == PEOPLE[0]
        async with self.open([]) as (session, statement):
            assert (await session.execute(statement)).first() is None

    async def test_one_row_is_one_row(self) -> None:
        async with self.open(PEOPLE[:1]) as (session, statement):
            assert tuple((await session.execute(statement)).one()) == PEOPLE[0]
            assert (await session.execute(statement)).scalar_one() == 1
        async with self.open() as (session, statement):
            with refused("MultipleResultsFound", "LookupError"):
                (await session.execute(statement)).one()
        async with self.open([]) as (session, statement):
            with refused("NoResultFound", "LookupError"):
                (await session.execute(statement)).one()
            assert (await session.execute(statement)).one_or_none() is None
            assert (await session.execute(statement)).scalar_one_or_none() is None

    async def test_scalars_are_the_first_column(self) -> None:
        async with self.open() as (session, statement):
            assert (await session.execute(statement)).scalar() == 1
            assert (await session.execute(statement)).scalars().all() == [1, 2]
            assert (await session.execute(statement)).scalars(1).all() == ["ada", "bob"]
            assert await session.scalar(statement) == 1
            assert (await session.scalars(statement)).first() == 1
        async with self.open([]) as (session, statement):
            assert await session.scalar(statement) is None

    async def test_rows_are_read_by_column(self) -> None:
        async with self.open() as (session, statement):
            result = await session.execute(statement)
            assert list(result.keys()) == list(COLUMNS)
            assert [dict(row) for row in result.mappings().all()] == [
                {"id": 1, "name": "ada"},
                {"id": 2, "name": "bob"},
            ]

    async def test_the_first_statement_begins_a_transaction_and_commit_rollback_and_close_end_it(self) -> None:
        async with self.open() as (session, statement):
            assert not session.in_transaction()
            for end in (session.commit, session.rollback, session.close):
                await session.execute(statement)
                assert session.in_transaction()
                await end()
                assert not session.in_transaction()

    async def test_ending_no_transaction_is_harmless(self) -> None:
        async with self.open() as (session, _):
            await session.commit()
            await session.rollback()
            await session.close()
            assert not session.in_transaction()

    async def test_a_transaction_block_ends_with_its_block(self) -> None:
        async with self.open() as (session, statement):
            async with session.begin():
                await session.execute(statement)
                assert session.in_transaction()
            assert not session.in_transaction()

    async def test_an_error_leaves_a_transaction_block_and_ends_it(self) -> None:
        async with self.open() as (session, statement):
            with refused("ZeroDivisionError"):
                async with session.begin():
                    await session.execute(statement)
                    _ = 1 / 0
            assert not session.in_transaction()

    async def test_a_transaction_within_a_transaction_is_refused(self) -> None:
        async with self.open() as (session, statement):
            await session.execute(statement)
            with refused("InvalidRequestError", "RuntimeError"):
                async with session.begin():
                    pass

    async def test_a_session_is_its_own_context_and_is_closed_by_it(self) -> None:
        async with self.open() as (session, statement):
            async with session as entered:
                assert entered is session
                await session.execute(statement)
            assert not session.in_transaction()
