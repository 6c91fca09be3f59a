from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from psycopg import Connection, OperationalError, connect

from goldenpath.databases import DatabaseTestError, DatabaseTestUtility, LeakedConnections, Template, TemplateError
from goldenpath.databases.server import Server
from goldenpath.services import ServiceStack

pytestmark = pytest.mark.integration
INSERT = "INSERT INTO customer (name) VALUES ('new')"
COUNT = "SELECT count(*) FROM customer"
MIGRATED = 2


@pytest.fixture
def utility(stack: ServiceStack, template: Template) -> Iterator[DatabaseTestUtility]:
    with DatabaseTestUtility(stack, template=template, prefix="own") as utility:
        yield utility


def names(server: Server) -> list[str]:
    return [name for name in server.databases() if "template" not in name]


def left(stack: ServiceStack, prefix: str) -> list[str]:
    """What a utility with this prefix has left, asked without one that would clear it away."""
    server = Server(stack["postgres"].admin_url or "", prefix=prefix)
    try:
        return names(server)
    finally:
        server.close()


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


def test_nothing_is_left_when_the_utility_is_closed(utility: DatabaseTestUtility, stack: ServiceStack) -> None:
    with utility, utility.database(), utility.transaction_scope():
        assert names(utility.server)
    assert left(stack, "own") == []


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
    assert names(utility.server) == []
    assert not [name for name in utility.server.databases() if name.endswith(("_new", "_trial"))]


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


@pytest.mark.asyncio
async def test_an_async_test_that_is_cancelled_before_it_has_its_database_leaves_none(stack: ServiceStack) -> None:
    async def use(utility: DatabaseTestUtility, entering: asyncio.Event) -> None:
        entering.set()
        async with utility.adatabase():
            raise AssertionError("cancelled, and yet it has a database")

    with DatabaseTestUtility(stack, prefix="cancelled", keep_on_failure=True) as utility:
        entering = asyncio.Event()
        task = asyncio.create_task(use(utility, entering))
        await entering.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert utility.kept == []
        with utility.database() as database:
            assert database.how == "reset"
    assert left(stack, "cancelled") == []


def test_words_that_mean_nothing_are_refused(utility: DatabaseTestUtility) -> None:
    with pytest.raises(DatabaseTestError, match="isolation='fast' is unknown; use 'auto' or 'reset' or 'clone'"):
        utility.database(isolation="fast").__enter__()  # type: ignore[arg-type]
    with pytest.raises(DatabaseTestError, match="a prefix is up to 20 of"):
        DatabaseTestUtility(utility.server.address.url(), prefix='x"; DROP')
    with pytest.raises(DatabaseTestError, match="the name of a worker is up to 20 of"):
        DatabaseTestUtility(utility.server.address.url(), worker="GW1")
    with pytest.raises(DatabaseTestError, match="a token is 8 hexadecimal digits"):
        DatabaseTestUtility(utility.server.address.url(), token=lambda: "mine")


END_OTHERS = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def test_a_test_may_end_every_other_connection_to_its_database(utility: DatabaseTestUtility) -> None:
    with utility.database() as first:
        pass
    with utility.database() as again, again.connect(autocommit=True) as connection:
        connection.execute(END_OTHERS)
    with utility.database() as next_one, next_one.connect() as connection:
        assert connection.execute(COUNT).fetchone() == (MIGRATED,)
    assert first.name == again.name != next_one.name


def test_a_test_may_drop_its_database(utility: DatabaseTestUtility) -> None:
    with utility.database() as gone, utility.server.connection() as admin:
        admin.execute(f'DROP DATABASE "{gone.name}" WITH (FORCE)')
    with utility.database() as next_one:
        assert next_one.name != gone.name


def test_a_database_that_is_still_out_when_the_utility_closes_is_dropped(stack: ServiceStack) -> None:
    with DatabaseTestUtility(stack, prefix="out") as utility:
        out = utility.database()
        out.__enter__()
    out.__exit__(None, None, None)
    assert left(stack, "out") == []


def test_what_could_not_be_dropped_is_tried_again_at_the_end(
    stack: ServiceStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()

    def fail(name: str) -> None:
        failed.set()
        raise OperationalError("no such luck")

    with DatabaseTestUtility(stack, prefix="again") as utility:
        with monkeypatch.context() as patched:
            with utility.database(isolation="clone"):
                patched.setattr(utility.server, "drop", fail)
            assert failed.wait(30)
    assert left(stack, "again") == []


def test_everything_else_is_dropped_and_the_failure_told_when_one_drop_and_a_clone_ahead_of_need_fail(
    stack: ServiceStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    utility = DatabaseTestUtility(stack, prefix="told", ahead=1)
    create, drop, asked = utility.server.create, utility.server.drop, threading.Event()
    with utility.database(isolation="clone") as kept:

        def no_space(*_: object) -> None:
            asked.set()
            raise OperationalError("disk full")

        monkeypatch.setattr(utility.server, "create", no_space)
        with utility.database(isolation="clone"):
            assert asked.wait(30)
        monkeypatch.setattr(utility.server, "create", create)

        def fail_once(name: str) -> None:
            if name == kept.name:
                raise OperationalError(f"{name} is stuck")
            drop(name)

        monkeypatch.setattr(utility.server, "drop", fail_once)

    with pytest.raises(DatabaseTestError, match="1 databases could not be dropped") as told:
        utility.close()
    assert f"{kept.name} is stuck" in str(told.value)
    assert left(stack, "told") == [kept.name]


def test_a_clone_that_failed_ahead_of_need_is_made_when_it_is_needed(
    stack: ServiceStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DatabaseTestUtility(stack, prefix="later", ahead=1) as utility:
        create, failed = utility.server.create, threading.Event()

        def fail(*_: object) -> None:
            failed.set()
            raise OperationalError("disk full")

        with utility.database(isolation="clone"), monkeypatch.context() as patched:
            patched.setattr(utility.server, "create", fail)
            with utility.database(isolation="clone"):
                assert failed.wait(30)
            with pytest.raises(OperationalError, match="disk full"):
                utility.database(isolation="clone").__enter__()
            patched.setattr(utility.server, "create", create)
            with utility.database(isolation="clone") as database, database.connect() as connection:
                connection.execute("SELECT 1")


def test_utilities_of_one_process_and_one_worker_make_different_databases(
    stack: ServiceStack, template: Template
) -> None:
    with DatabaseTestUtility(stack, template=template) as one, DatabaseTestUtility(stack, template=template) as other:
        with one.database() as first, other.database() as second:
            assert first.name != second.name


def test_a_token_of_ones_own_names_the_databases(stack: ServiceStack) -> None:
    with DatabaseTestUtility(stack, token=lambda: "0000beef") as utility, utility.database() as database:
        assert database.name.startswith("gp_main_0000beef_")


def test_a_template_whose_building_was_killed_is_built_again(
    stack: ServiceStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = Template.of_function(lambda url: None, version="killed")
    with DatabaseTestUtility(stack, prefix="killed") as utility:
        with monkeypatch.context() as patched, pytest.raises(OperationalError, match="killed"):

            def killed(name: str) -> None:
                if name in utility.server.databases():
                    raise OperationalError("killed")

            patched.setattr(utility.server, "drop", killed)
            utility.server.prepare(template)
        assert [name.rpartition("_")[2] for name in utility.server.databases()] == ["new", "trial"]
        utility.server.prepare(template)
        assert [name for name in utility.server.databases() if name.endswith(("_new", "_trial"))] == []


def test_a_server_that_was_restarted_is_connected_to_again(template: Template) -> None:
    with ServiceStack("postgres") as own, DatabaseTestUtility(own, template=template) as utility:
        with utility.database(), utility.transaction_scope():
            pass
        own["postgres"].restart()
        with utility.database() as database, database.connect() as connection:
            assert connection.execute(COUNT).fetchone() == (MIGRATED,)
        with utility.transaction_scope() as connection:
            assert connection.execute(COUNT).fetchone() == (MIGRATED,)
