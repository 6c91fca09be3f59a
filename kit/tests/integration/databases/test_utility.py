from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from psycopg import Connection, connect

from goldenpath.databases import DatabaseTestError, DatabaseTestUtility, LeakedConnections, Template, TemplateError
from goldenpath.services import ServiceStack

pytestmark = pytest.mark.integration
INSERT = "INSERT INTO customer (name) VALUES ('new')"
COUNT = "SELECT count(*) FROM customer"
MIGRATED = 2


@pytest.fixture
def utility(stack: ServiceStack, template: Template) -> Iterator[DatabaseTestUtility]:
    with DatabaseTestUtility(stack, template=template, prefix="own") as utility:
        yield utility


def names(utility: DatabaseTestUtility) -> list[str]:
    return [name for name in utility.server.databases() if "template" not in name]


def test_a_used_database_is_handed_out_again_as_new(utility: DatabaseTestUtility) -> None:
    with utility.database() as first, first.connect() as connection:
        connection.execute(INSERT)
    with utility.database() as second, second.connect() as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED,)
    assert (first.how, second.how) == ("clone", "reset")
    assert first.name == second.name


def test_a_clone_is_always_brand_new(utility: DatabaseTestUtility) -> None:
    made = []
    for _ in range(3):
        with utility.database(isolation="clone") as database, database.connect() as connection:
            connection.execute(INSERT)
            made.append((database.how, connection.execute(COUNT).fetchone()))
    assert made == [("clone", (MIGRATED + 1,))] * 3


def test_a_database_whose_schema_was_changed_is_not_handed_out_again(utility: DatabaseTestUtility) -> None:
    with utility.database() as first, first.connect() as connection:
        connection.execute("DROP TABLE customer CASCADE")
    with utility.database() as second, second.connect() as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED,)
    assert second.how == "clone"


def test_databases_taken_at_once_are_different_ones(utility: DatabaseTestUtility) -> None:
    def use(_: int) -> str:
        with utility.database() as database, database.connect() as connection:
            connection.execute(INSERT)
            assert connection.execute(COUNT).fetchone() == (MIGRATED + 1,)
            return database.name

    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(use, range(24)))
    assert len(taken) == 24


def test_nothing_is_left_when_the_utility_is_closed(utility: DatabaseTestUtility) -> None:
    with utility, utility.database(), utility.transaction_scope():
        assert names(utility)
    with DatabaseTestUtility(utility.server.address.url(), prefix="own") as other:
        assert names(other) == []


def test_a_failed_tests_database_is_dropped_or_kept_with_its_url_told(stack: ServiceStack, template: Template) -> None:
    told: list[str] = []
    with DatabaseTestUtility(
        stack, template=template, prefix="kept", keep_on_failure=True, tell=told.append
    ) as utility:
        with pytest.raises(KeyError), utility.database() as database:
            with database.connect() as connection:
                connection.execute(INSERT)
            raise KeyError
    assert utility.kept == [database.url]
    assert database.url in told[0]
    with connect(database.url) as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED + 1,)


def test_connections_left_open_are_reported_with_what_they_last_ran(utility: DatabaseTestUtility) -> None:
    left: list[Connection[object]] = []
    with utility.database() as database:
        left.append(database.connect(application_name="forgetful", autocommit=True))
        left[0].execute("SELECT 'the last statement'")
    (leak,) = utility.leaks[database.name]
    assert "of forgetful, idle" in str(leak)
    assert "the last statement" in str(leak)
    with utility.database() as second:
        assert second.name != database.name
    with pytest.raises(LeakedConnections, match="the test left connections to own_main_"):
        with utility.database(leaks="fail") as third:
            left.append(third.connect())
    for connection in left:
        connection.close()


def test_one_template_is_migrated_once_however_many_ask(stack: ServiceStack, migrations: Path) -> None:
    ran: list[str] = []
    template = Template.of_function(ran.append, version="1")

    def prepare(_: int) -> str:
        with DatabaseTestUtility(stack, template=template, prefix="once") as utility:
            return utility.server.prepare(template).name

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(prepare, range(8)))) == 1
    assert len(ran) == 1


def test_changed_migrations_make_another_template(utility: DatabaseTestUtility, migrations: Path) -> None:
    with utility.database(Template.of_sql(migrations)) as database, database.connect() as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED,)
    (migrations / "002.sql").write_text("INSERT INTO customer (name) VALUES ('third')")
    with utility.database(Template.of_sql(migrations)) as database, database.connect() as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED + 1,)


def test_migrations_that_fail_name_the_file_and_leave_nothing(utility: DatabaseTestUtility, migrations: Path) -> None:
    (migrations / "002.sql").write_text("CREATE TABEL oops ()")
    with pytest.raises(TemplateError, match=r'002\.sql: syntax error at or near "TABEL"'):
        utility.database(Template.of_sql(migrations)).__enter__()
    assert names(utility) == []
    assert not [name for name in utility.server.databases() if name.endswith("_new")]


def test_without_a_superuser_auto_clones_and_reset_says_what_it_needs(stack: ServiceStack, migrations: Path) -> None:
    with DatabaseTestUtility(stack) as admin, admin.server.connection() as connection:
        connection.execute("CREATE ROLE maker LOGIN CREATEDB")
        address = admin.server.address
    url = address.url().replace(f"://{address.user}@", "://maker@")
    with DatabaseTestUtility(url, template=Template.of_sql(migrations), prefix="maker") as utility:
        with utility.database() as database, database.connect() as connection:
            connection.execute(INSERT)
        with utility.database() as database, database.connect() as connection:
            assert connection.execute(COUNT).fetchone() == (MIGRATED,)
        with pytest.raises(DatabaseTestError, match=r"isolation='reset' needs a superuser .* 'maker' is none"):
            utility.database(isolation="reset").__enter__()


def test_names_tell_the_worker_and_foreign_names_are_not_touched(stack: ServiceStack, template: Template) -> None:
    with DatabaseTestUtility(stack, template=template, worker="gw3", prefix="named") as utility:
        with utility.database() as database:
            assert database.name.startswith("named_gw3_")
        with pytest.raises(DatabaseTestError, match="does not begin with named_, so it is not touched here"):
            utility.server.drop("postgres")


def test_committed_scope_commits_for_real_and_is_put_back(utility: DatabaseTestUtility) -> None:
    with utility.committed_scope() as connection:
        connection.execute(INSERT)
        connection.commit()
        with connect(connection.info.dsn) as other:
            assert other.execute(COUNT).fetchone() == (MIGRATED + 1,)
    with utility.committed_scope() as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED,)


@pytest.mark.asyncio
async def test_an_async_test_has_its_database_too(utility: DatabaseTestUtility) -> None:
    async with utility.adatabase() as database, await database.aconnect() as connection:
        await connection.execute(INSERT)
        await connection.commit()
    async with utility.adatabase() as database, await database.aconnect() as connection:
        assert await (await connection.execute(COUNT)).fetchone() == (MIGRATED,)


def test_words_that_mean_nothing_are_refused(utility: DatabaseTestUtility) -> None:
    with pytest.raises(DatabaseTestError, match="isolation='fast' is unknown; use 'auto' or 'reset' or 'clone'"):
        utility.database(isolation="fast").__enter__()  # type: ignore[arg-type]
    with pytest.raises(DatabaseTestError, match="a prefix is up to 20 of"):
        DatabaseTestUtility(utility.server.address.url(), prefix='x"; DROP')
