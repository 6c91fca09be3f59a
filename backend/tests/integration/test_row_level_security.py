from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql

from agent_backend.storage import DatabaseManager, migrate
from agent_backend.storage.migrations import read_migrations

TABLES = ["tenants", "users", "threads", "runs", "run_events", "messages", "usage_records"]
SET_TENANT = "SELECT set_config('agent_backend.tenant', %s, true)"


def visible(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows of each table a raw query sees."""
    count = sql.SQL("SELECT count(*) FROM {}")
    rows = {table: connection.execute(count.format(sql.Identifier(table))).fetchone() for table in TABLES}
    return {table: row[0] for table, row in rows.items() if row}


def as_role(url: str, role: str) -> psycopg.Connection[Any]:
    return psycopg.connect(url, options=f"-c role={role}")


@pytest.fixture(scope="module")
def tenants(backend: Any) -> dict[str, str]:
    """The tenant ids of two tenants with rows in every table."""
    ids = {}
    for name in ("ada", "eve"):
        visitor = backend.visitor().spend(large="1.00")
        with visitor.connected() as tab:
            tab.ask()
            tab.receive_run()
        ids[name] = backend.query("SELECT id FROM tenants WHERE name = %s", visitor.tenant)[0][0]
    return ids


def test_the_service_sees_no_row_of_any_table_while_no_tenant_is_set(backend: Any, tenants: dict[str, str]) -> None:
    with as_role(backend.database_url, "agent_backend_app") as connection:
        assert visible(connection) == dict.fromkeys(TABLES, 0)
        connection.execute(SET_TENANT, [""])
        assert visible(connection) == dict.fromkeys(TABLES, 0)


def test_the_service_sees_the_rows_of_the_tenant_it_names_and_of_no_other(
    backend: Any, tenants: dict[str, str]
) -> None:
    with as_role(backend.database_url, "agent_backend_app") as connection:
        connection.execute(SET_TENANT, [tenants["ada"]])
        events = backend.query("SELECT count(*) FROM run_events WHERE tenant_id = %s", tenants["ada"])[0][0]
        assert events > 0
        assert visible(connection) == {
            "tenants": 1,
            "users": 1,
            "threads": 1,
            "runs": 1,
            "run_events": events,
            "messages": 2,
            "usage_records": 1,
        }
        foreign = "SELECT count(*) FROM usage_records WHERE tenant_id = %s"
        assert connection.execute(foreign, [tenants["eve"]]).fetchone() == (0,)


def test_the_service_cannot_write_a_row_of_another_tenant(backend: Any, tenants: dict[str, str]) -> None:
    with as_role(backend.database_url, "agent_backend_app") as connection:
        connection.execute(SET_TENANT, [tenants["ada"]])
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute(
                "INSERT INTO users (tenant_id, id, email, password_hash) VALUES (%s, 'usr', 'a@b', '')",
                [tenants["eve"]],
            )


def test_the_service_cannot_take_a_row_of_another_tenant_along_by_a_foreign_key(
    backend: Any, tenants: dict[str, str]
) -> None:
    foreign_thread = backend.query("SELECT id FROM threads WHERE tenant_id = %s", tenants["eve"])[0][0]
    own_run = backend.query("SELECT id FROM runs WHERE tenant_id = %s", tenants["ada"])[0][0]
    with as_role(backend.database_url, "agent_backend_app") as connection:
        connection.execute(SET_TENANT, [tenants["ada"]])
        with pytest.raises(psycopg.errors.ForeignKeyViolation):
            connection.execute(
                "INSERT INTO messages (tenant_id, id, thread_id, run_id, role, content, created_at)"
                " VALUES (%s, 'msg', %s, %s, 'user', '', now())",
                [tenants["ada"], foreign_thread, own_run],
            )


def test_naming_a_tenant_shows_that_tenant_and_none_of_its_rows(backend: Any, tenants: dict[str, str]) -> None:
    name = backend.query("SELECT name FROM tenants WHERE id = %s", tenants["ada"])[0][0]
    with as_role(backend.database_url, "agent_backend_app") as connection:
        connection.execute("SELECT set_config('agent_backend.tenant_name', %s, true)", [name])
        assert visible(connection) == dict.fromkeys(TABLES, 0) | {"tenants": 1}


def test_resetting_the_role_does_not_lead_out_of_it(backend: Any, tenants: dict[str, str]) -> None:
    with as_role(backend.database_url, "agent_backend_app") as connection:
        connection.execute("RESET ROLE")
        assert connection.execute("SELECT current_user").fetchone() == ("agent_backend_app",)


def test_every_table_but_the_list_of_migrations_is_under_forced_row_level_security(backend: Any) -> None:
    tables = backend.query(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class"
        " WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    assert [table for table, forced in tables if not forced] == ["schema_migrations"]
    assert dict(tables).items() > dict.fromkeys(TABLES, True).items()


def test_the_role_of_the_service_owns_nothing_and_bypasses_nothing(backend: Any) -> None:
    role = "SELECT rolsuper, rolbypassrls, rolcanlogin, rolcreaterole FROM pg_roles WHERE rolname = 'agent_backend_app'"
    assert backend.query(role) == [(False, False, False, False)]
    owned = "SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = 'agent_backend_app'"
    assert backend.query(owned) == []


@pytest.fixture
def owner_url(new_database: Callable[[], str], migrated_database: Callable[[], str]) -> Iterator[str]:
    """A database that belongs to an ordinary user, who may only work in it."""
    with psycopg.connect(migrated_database(), autocommit=True) as admin:
        admin.execute("CREATE ROLE ordinary_owner LOGIN IN ROLE agent_backend_app, agent_backend_queue")
        url = new_database()
        name = urlsplit(url).path.strip("/")
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO ordinary_owner").format(sql.Identifier(name)))
        yield urlsplit(url)._replace(netloc="ordinary_owner@" + urlsplit(url).netloc.rpartition("@")[2]).geturl()
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO CURRENT_USER").format(sql.Identifier(name)))
        with psycopg.connect(url, autocommit=True) as inside:
            inside.execute("DROP OWNED BY ordinary_owner")
        admin.execute("DROP ROLE ordinary_owner")


def test_even_the_owner_of_the_tables_is_bound_by_the_tenant(owner_url: str) -> None:
    assert migrate(owner_url) == read_migrations()
    with psycopg.connect(owner_url) as connection:
        connection.execute(SET_TENANT, ["ten_a"])
        connection.execute("INSERT INTO tenants (id, name) VALUES ('ten_a', 'a')")
        assert visible(connection)["tenants"] == 1
        connection.execute(SET_TENANT, ["ten_b"])
        assert visible(connection)["tenants"] == 0


@pytest_asyncio.fixture
async def one_connection(backend: Any) -> AsyncIterator[DatabaseManager]:
    """A manager whose transactions all use the same connection."""
    database = await DatabaseManager.open(backend.database_url, max_size=1)
    yield database
    await database.close()


async def records(connection: Any) -> int:
    row = await (await connection.execute("SELECT count(*) FROM usage_records")).fetchone()
    return int(row[0])


@pytest.mark.asyncio
async def test_a_connection_forgets_its_tenant_with_the_transaction(
    one_connection: DatabaseManager, tenants: dict[str, str]
) -> None:
    async with one_connection.tenant(tenants["ada"]) as connection:
        assert await records(connection) == 1
    async with one_connection.tenant_named("nobody") as connection:
        assert await records(connection) == 0


@pytest.mark.asyncio
async def test_a_connection_forgets_its_tenant_with_a_transaction_that_failed(
    one_connection: DatabaseManager, tenants: dict[str, str]
) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable):
        async with one_connection.tenant(tenants["ada"]) as connection:
            await connection.execute("SELECT FROM no_such_table")
    async with one_connection.tenant_named("nobody") as connection:
        assert await records(connection) == 0
