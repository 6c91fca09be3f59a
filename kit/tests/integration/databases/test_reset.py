from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from goldenpath.databases import CannotReset, DatabaseTestUtility, fingerprint, watch

pytestmark = pytest.mark.integration

WRITES = {
    "INSERT INTO customer (name) VALUES ('new')": {"customer"},
    "UPDATE customer SET name = name || '!'": {"customer"},
    "DELETE FROM customer WHERE id = 1": {"customer", "invoice"},
    "TRUNCATE customer CASCADE": {"customer", "invoice"},
    "INSERT INTO invoice (customer, cents) VALUES (1, 5)": {"invoice"},
    "INSERT INTO event VALUES ('2026-07-01', 'through the parent')": {"event"},
    "INSERT INTO event_2026 VALUES ('2026-07-01', 'through the partition')": {"event"},
    "UPDATE vehicle SET wheels = 3": {"vehicle"},
    "INSERT INTO car VALUES (2, 4, 3)": {"vehicle"},
    "DELETE FROM ONLY vehicle": {"vehicle"},
    'INSERT INTO "Odd Name" (payload) VALUES (NULL)': {'"Odd Name"'},
    "COPY promise FROM PROGRAM 'echo 7'": {"promise"},
    "WITH gone AS (DELETE FROM invoice RETURNING id) INSERT INTO promise SELECT id FROM gone": {"invoice", "promise"},
    "MERGE INTO promise USING (SELECT 9 AS id) s ON s.id = promise.id WHEN NOT MATCHED THEN INSERT VALUES (s.id)": {
        "promise"
    },
    "INSERT INTO customer (name) VALUES ('acme') ON CONFLICT (name) DO UPDATE SET name = 'acme2'": {"customer"},
    "SELECT nextval(pg_get_serial_sequence('invoice', 'id'))": set(),
}


@pytest.fixture
def pair(shared: DatabaseTestUtility) -> Any:
    """The connection of a test and the one that watches, on one brand-new database."""
    with shared.database(isolation="clone") as database:
        with database.connect(autocommit=True) as writer, database.connect(autocommit=True) as watcher:
            yield writer, watcher


@pytest.mark.parametrize("write", WRITES)
def test_a_write_of_any_kind_marks_its_tables_and_is_undone(pair: Any, write: str) -> None:
    writer, watcher = pair
    before = fingerprint(watcher)
    writer.execute(write)
    assert fingerprint(watcher) != before
    assert set(watch.reset(watcher)) == WRITES[write]
    assert fingerprint(watcher) == before


def test_a_clean_database_has_nothing_to_reset(pair: Any) -> None:
    _, watcher = pair
    assert watch.reset(watcher) == ()


def test_a_write_that_was_rolled_back_still_leaves_the_database_as_it_was(pair: Any) -> None:
    writer, watcher = pair
    before = fingerprint(watcher)
    with writer.transaction(force_rollback=True):
        writer.execute("INSERT INTO customer (name) VALUES ('new')")
    watch.reset(watcher)
    assert fingerprint(watcher) == before


def test_watching_leaves_lastval_to_the_one_who_inserts(pair: Any) -> None:
    writer, _ = pair
    (new,) = writer.execute("INSERT INTO customer (name) VALUES ('new') RETURNING id").fetchone()
    assert writer.execute("SELECT lastval()").fetchone() == (new,)


def test_identities_start_again_where_the_migrations_left_them(pair: Any) -> None:
    writer, watcher = pair
    for _ in range(3):
        assert writer.execute("INSERT INTO customer (name) VALUES ('new') RETURNING id").fetchone() == (3,)
        watch.reset(watcher)


def test_two_transactions_that_write_the_same_tables_do_not_wait_for_each_others_marks(pair: Any) -> None:
    first, second = pair
    second.execute("SET lock_timeout = '1s'")
    with first.transaction(), second.transaction():
        first.execute("INSERT INTO customer (name) VALUES ('first')")
        second.execute("INSERT INTO customer (name) VALUES ('second')")
    assert first.execute("SELECT count(*) FROM customer WHERE name IN ('first', 'second')").fetchone() == (2,)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("CREATE TABLE surprise ()", "the schema was changed"),
        ("ALTER TABLE customer ADD COLUMN age int", "the schema was changed"),
        ("DROP TABLE promise", "the schema was changed"),
        ("CREATE INDEX ON invoice (cents)", "the schema was changed"),
        ("SELECT lo_create(0)", "large objects were created or removed"),
    ],
)
def test_what_no_reset_undoes_is_refused_by_name(pair: Any, change: str, reason: str) -> None:
    writer, watcher = pair
    writer.execute(change)
    with pytest.raises(CannotReset, match=reason):
        watch.reset(watcher)


def test_a_session_that_replicates_is_seen_too(pair: Any) -> None:
    writer, watcher = pair
    writer.execute("SET session_replication_role = replica")
    writer.execute("DELETE FROM invoice")
    assert watch.reset(watcher) == ("invoice",)
    writer.execute("ALTER TABLE invoice DISABLE TRIGGER ALL")
    with pytest.raises(CannotReset, match="the schema was changed"):
        watch.reset(watcher)


def always(table: str, statement: str) -> str:
    """A trigger that runs the statement even while tables are put back."""
    return f"""
        CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {statement}; RETURN NULL; END $$;
        CREATE TRIGGER told AFTER DELETE ON {table} EXECUTE FUNCTION tell();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER told;
        SELECT setval('goldenpath.schema_changed', 1, false);
    """


def test_what_a_trigger_writes_while_tables_are_put_back_is_put_back_too(pair: Any) -> None:
    writer, watcher = pair
    writer.execute(always("promise", "INSERT INTO customer (name) VALUES ('of ' || now())"))
    before = fingerprint(watcher)
    writer.execute("DELETE FROM promise")
    assert set(watch.reset(watcher)) == {"promise", "customer"}
    assert fingerprint(watcher) == before


def test_triggers_that_never_come_to_rest_are_refused_by_name(pair: Any) -> None:
    writer, watcher = pair
    writer.execute(always("customer", "INSERT INTO promise SELECT coalesce(max(id), 0) + 1 FROM promise"))
    writer.execute(
        always("promise", "INSERT INTO customer (name) VALUES (clock_timestamp())").replace("tell()", "tell_again()")
    )
    writer.execute("INSERT INTO customer (name) VALUES ('new')")
    with pytest.raises(CannotReset, match="triggers that are always enabled write again and again"):
        watch.reset(watcher)


def test_temporary_tables_are_nobodys_business(pair: Any) -> None:
    writer, watcher = pair
    writer.execute("CREATE TEMP TABLE scratch (id int); INSERT INTO scratch VALUES (1); DROP TABLE scratch")
    assert watch.reset(watcher) == ()


def test_a_reset_that_does_not_bring_the_rows_back_is_refused(pair: Any) -> None:
    writer, watcher = pair
    writer.execute("UPDATE goldenpath.families SET refill = ''")
    writer.execute("DELETE FROM invoice")
    with pytest.raises(CannotReset, match="invoice does not hold again what it held"):
        watch.reset(watcher)


QUIET = "ON customer FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"


@pytest.mark.parametrize(
    "change",
    [
        "CREATE OR REPLACE VIEW rich AS SELECT id, name FROM customer",
        "GRANT SELECT ON customer TO PUBLIC",
        "CREATE TYPE mood AS ENUM ('calm')",
        "ALTER TYPE colour ADD VALUE 'green'",
        "CREATE INDEX ON invoice (cents)",
        "CREATE OR REPLACE FUNCTION one() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        f"CREATE OR REPLACE TRIGGER told BEFORE INSERT OR UPDATE {QUIET}",
    ],
)
def test_a_fingerprint_tells_a_changed_schema_from_the_one_before(pair: Any, change: str) -> None:
    writer, watcher = pair
    writer.execute("CREATE VIEW rich AS SELECT id, name || '!' AS name FROM customer")
    writer.execute("CREATE TYPE colour AS ENUM ('red', 'blue')")
    writer.execute("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    writer.execute(f"CREATE TRIGGER told BEFORE UPDATE {QUIET}")
    before = fingerprint(watcher)
    assert fingerprint(watcher) == before
    writer.execute(change)
    assert fingerprint(watcher) != before


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(sorted(WRITES)), max_size=6))
def test_any_series_of_writes_is_undone(shared: DatabaseTestUtility, writes: list[str]) -> None:
    before = shared.server.prepare(shared.template).fingerprint
    with shared.database() as database:
        with database.connect(autocommit=True) as writer, database.connect(autocommit=True) as watcher:
            assert holds_what_the_migrations_left(writer)
            assert fingerprint(watcher) == before
            for write in writes:
                write_if_allowed(writer, write)
            watch.reset(watcher)
            assert fingerprint(watcher) == before
            for write in writes:
                write_if_allowed(writer, write)
    with shared.database(verify="full") as again:
        assert (again.name, again.how) == (database.name, "reset")


def write_if_allowed(writer: Connection[Any], write: str) -> None:
    from psycopg.errors import IntegrityError

    try:
        writer.execute(write.encode())
    except IntegrityError:
        assert not writer.closed


def holds_what_the_migrations_left(connection: Connection[Any]) -> bool:
    query = b"""
    SELECT (SELECT array_agg(name ORDER BY id) FROM customer) = '{acme,globex}'
       AND (SELECT array_agg(cents ORDER BY id) FROM invoice) = '{100,250}'
       AND (SELECT count(*) FROM event) = 1 AND (SELECT sum(wheels) FROM vehicle) = 6
       AND NOT EXISTS (SELECT FROM promise) AND NOT EXISTS (SELECT FROM "Odd Name")
    """
    row = connection.execute(query).fetchone()
    return bool(row and row[0])
