from __future__ import annotations

import sys
from typing import Any

import pytest
from psycopg.errors import UniqueViolation
from psycopg.rows import dict_row
from psycopg.types.numeric import FloatDumper
from sqlalchemy import text

from goldenpath.databases import DatabaseTestError, DatabaseTestUtility
from goldenpath.databases.scope import ScopeDriver
from goldenpath.services import UnavailableError

pytestmark = pytest.mark.integration
INSERT = "INSERT INTO customer (name) VALUES ('new')"
COUNT = "SELECT count(*) FROM customer"
MIGRATED = 2


def test_what_is_committed_in_a_scope_is_seen_in_it_and_gone_after_it(shared: DatabaseTestUtility) -> None:
    for _ in range(3):
        with shared.transaction_scope() as connection:
            connection.execute(INSERT)
            connection.commit()
            assert connection.execute(COUNT).fetchone() == (MIGRATED + 1,)
    with shared.transaction_scope() as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED,)


def test_a_rollback_goes_back_to_the_last_commit(shared: DatabaseTestUtility) -> None:
    with shared.transaction_scope() as connection:
        connection.execute(INSERT)
        connection.commit()
        connection.execute("DELETE FROM customer")
        connection.rollback()
        assert connection.execute(COUNT).fetchone() == (MIGRATED + 1,)


def test_nested_transactions_are_savepoints(shared: DatabaseTestUtility) -> None:
    with shared.transaction_scope() as connection:
        with connection.transaction():
            connection.execute(INSERT)
            with pytest.raises(UniqueViolation), connection.transaction():
                connection.execute(INSERT)
        assert connection.execute(COUNT).fetchone() == (MIGRATED + 1,)


def test_a_commit_after_an_error_rolls_back_as_the_server_would(shared: DatabaseTestUtility) -> None:
    with shared.transaction_scope() as connection:
        connection.execute(INSERT)
        with pytest.raises(UniqueViolation):
            connection.execute(INSERT)
        connection.commit()
        assert connection.execute(COUNT).fetchone() == (MIGRATED,)


def test_deferred_constraints_are_checked_at_each_commit_and_stay_deferred(shared: DatabaseTestUtility) -> None:
    with shared.transaction_scope() as connection:
        connection.execute("INSERT INTO promise VALUES (1), (1)")
        with pytest.raises(UniqueViolation):
            connection.commit()
        connection.rollback()
        connection.execute("INSERT INTO promise VALUES (1)")
        connection.commit()
        connection.execute("INSERT INTO promise VALUES (1)")
        connection.execute("DELETE FROM promise")
        connection.commit()


def test_a_test_that_fails_or_breaks_its_connection_leaves_nothing(shared: DatabaseTestUtility) -> None:
    with pytest.raises(KeyError), shared.transaction_scope() as connection:
        connection.execute(INSERT)
        raise KeyError
    with shared.transaction_scope() as connection:
        connection.execute(INSERT)
        connection.close()
    with shared.transaction_scope() as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED,)


def test_locks_and_settings_of_one_test_do_not_reach_the_next(shared: DatabaseTestUtility) -> None:
    with shared.transaction_scope() as connection:
        connection.execute("SELECT pg_advisory_lock(7)")
        connection.execute("SET application_name = 'mine'")
    with shared.transaction_scope() as connection:
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        assert connection.execute(held).fetchone() == (0,)
        assert connection.execute("SHOW application_name").fetchone() == ("",)


def test_two_scopes_at_once_do_not_see_each_other(shared: DatabaseTestUtility) -> None:
    with shared.transaction_scope() as one, shared.transaction_scope() as other:
        one.execute(INSERT)
        one.commit()
        assert other.execute(COUNT).fetchone() == (MIGRATED,)


def test_a_sqlalchemy_session_joins(shared: DatabaseTestUtility) -> None:
    for _ in range(2):
        with shared.transaction_scope("sqlalchemy") as session:
            session.execute(text(INSERT))
            session.commit()
            session.execute(text("DELETE FROM customer"))
            session.rollback()
            assert session.scalar(text(COUNT)) == MIGRATED + 1


@pytest.mark.asyncio
async def test_an_async_sqlalchemy_session_joins(shared: DatabaseTestUtility) -> None:
    for _ in range(2):
        async with shared.transaction_scope("sqlalchemy") as session:
            await session.execute(text(INSERT))
            await session.commit()
            await session.execute(text("DELETE FROM customer"))
            await session.rollback()
            assert await session.scalar(text(COUNT)) == MIGRATED + 1


@pytest.mark.asyncio
async def test_an_asyncpg_connection_joins(shared: DatabaseTestUtility) -> None:
    for _ in range(2):
        async with shared.transaction_scope("asyncpg") as connection:
            async with connection.transaction():
                await connection.execute(INSERT)
            assert await connection.fetchval(COUNT) == MIGRATED + 1


@pytest.mark.asyncio
async def test_an_async_psycopg_connection_joins(shared: DatabaseTestUtility) -> None:
    for _ in range(2):
        async with shared.transaction_scope() as connection:
            await connection.execute(INSERT)
            await connection.commit()
            await connection.execute("DELETE FROM customer")
            await connection.rollback()
            assert await count(connection) == MIGRATED + 1


async def count(connection: Any) -> Any:
    return (await (await connection.execute(COUNT)).fetchone())[0]


def test_asyncpg_in_a_sync_test_and_unknown_drivers_are_refused(shared: DatabaseTestUtility) -> None:
    with pytest.raises(DatabaseTestError, match="asyncpg has only async connections; use 'async with'"):
        shared.transaction_scope("asyncpg").__enter__()
    with pytest.raises(
        DatabaseTestError, match="driver='mysql' is unknown; use 'psycopg' or 'asyncpg' or 'sqlalchemy'"
    ):
        shared.transaction_scope("mysql")  # type: ignore[arg-type]


def test_what_a_test_sets_on_its_connection_does_not_reach_the_next(shared: DatabaseTestUtility) -> None:
    heard: list[object] = []
    for _ in range(2):
        with shared.transaction_scope() as connection:
            assert connection.execute("SELECT 1 AS one").fetchone() == (1,)
            connection.execute("DO $$ BEGIN RAISE NOTICE 'heard'; END $$")
            assert heard == []
            connection.execute("PREPARE mine AS SELECT 1")
            connection.row_factory = dict_row
            connection.add_notice_handler(heard.append)
            connection.adapters.register_dumper(int, FloatDumper)
            assert connection.execute("SELECT pg_typeof(%s)::text AS kind", [1]).fetchone() == {
                "kind": "double precision"
            }
    with shared.transaction_scope() as connection:
        assert connection.execute("SELECT pg_typeof(%s)::text", [1]).fetchone() == ("smallint",)


def test_statements_prepared_by_the_driver_do_not_outlive_their_tables(shared: DatabaseTestUtility) -> None:
    for columns in ("one int", "one int, two text"):
        with shared.transaction_scope() as connection:
            connection.execute(f"CREATE TABLE mine ({columns})")
            for _ in range(8):
                connection.execute("SELECT * FROM mine")


ESCAPED = "the test ended its scope's transaction with SQL of its own"


@pytest.mark.parametrize("ending", ["COMMIT", "COMMIT AND CHAIN", "COMMIT; BEGIN", "ROLLBACK"])
@pytest.mark.parametrize("driver", ["psycopg", "sqlalchemy"])
def test_a_transaction_ended_in_sql_is_told_and_dirties_no_later_test(
    shared: DatabaseTestUtility, driver: ScopeDriver, ending: str
) -> None:
    with pytest.raises(DatabaseTestError, match=ESCAPED), shared.transaction_scope(driver) as scope:
        scope.execute(text(INSERT) if driver == "sqlalchemy" else INSERT)
        (scope.connection().exec_driver_sql if driver == "sqlalchemy" else scope.execute)(ending)
    with shared.transaction_scope() as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED,)


@pytest.mark.asyncio
@pytest.mark.parametrize("driver", ["psycopg", "asyncpg", "sqlalchemy"])
async def test_a_transaction_ended_in_sql_is_told_by_async_scopes_too(
    shared: DatabaseTestUtility, driver: ScopeDriver
) -> None:
    with pytest.raises(DatabaseTestError, match=ESCAPED):
        async with shared.transaction_scope(driver) as scope:
            await scope.execute(text(INSERT) if driver == "sqlalchemy" else INSERT)
            await scope.execute(text("COMMIT") if driver == "sqlalchemy" else "COMMIT")
    with shared.transaction_scope() as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED,)


def test_an_idle_connection_that_the_server_ended_is_replaced(shared: DatabaseTestUtility) -> None:
    with shared.transaction_scope() as connection:
        ended = connection.info.backend_pid
    with shared.server.connection() as admin:
        admin.execute("SELECT pg_terminate_backend(%s, 10000)", [ended])
    with shared.transaction_scope() as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED,)


def test_a_connection_that_the_server_ended_during_its_test_is_left_quietly(shared: DatabaseTestUtility) -> None:
    with shared.transaction_scope() as connection, shared.server.connection() as admin:
        connection.execute(INSERT)
        admin.execute("SELECT pg_terminate_backend(%s, 10000)", [connection.info.backend_pid])
    with shared.transaction_scope() as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED,)


@pytest.mark.asyncio
@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
async def test_an_async_test_may_close_its_connection(shared: DatabaseTestUtility, driver: ScopeDriver) -> None:
    async with shared.transaction_scope(driver) as connection:
        await connection.execute(INSERT)
        await connection.close()
    async with shared.transaction_scope() as connection:
        assert await count(connection) == MIGRATED


def test_a_driver_that_is_not_installed_is_named_with_what_installs_it(
    shared: DatabaseTestUtility, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(UnavailableError, match="sqlalchemy is not installed: pip install sqlalchemy"):
        shared.transaction_scope("sqlalchemy").__enter__()
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for ask in (shared.transaction_scope().__enter__, shared.server.connect):
        with pytest.raises(UnavailableError, match=r"psycopg is not installed: pip install 'goldenpath\[services\]'"):
            ask()
