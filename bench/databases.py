"""Databases for tests: one per test, clones and resets, against pytest-postgresql, TRUNCATE and a rollback."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import psycopg
from _measuring import publish, seconds, taking_turns

from goldenpath.databases import DatabaseTestUtility, Template, fingerprint, watch
from goldenpath.services import ServiceStack

FEW, MANY = 5, 65
CLONES = 100
RESETS = 10_000
WRITES = 3
"""Tables that a test writes to."""

OURS = """
import os, pytest
from goldenpath.databases import DatabaseTestUtility, Template

@pytest.fixture(scope="session")
def utility():
    template = Template.of_sql("schema.sql")
    with DatabaseTestUtility(os.environ["ADMIN_URL"], template=template, prefix="bench") as utility:
        yield utility

@pytest.fixture
def connection(utility):
    with utility.committed_scope() as connection:
        yield connection
"""

THEIRS = """
import os
import pathlib
from pytest_postgresql import factories

schema = pathlib.Path("schema.sql")
server = factories.postgresql_noproc(
    host=os.environ["PG_HOST"], port=5432, user="postgres", dbname="theirs", load=[schema]
)
connection = factories.postgresql("server")
"""

SUITE = """
import pytest

@pytest.mark.parametrize("number", range({number}))
def test_writes(connection, number):
    connection.execute("INSERT INTO t0 (v) VALUES ('x')")
    connection.commit()
    assert connection.execute("SELECT count(*) FROM t0").fetchone() == (1,)
"""


SEEDED = 3
"""Rows that the migrations leave in each table, where they leave any."""


def schema(tables: int, rows: int = 0) -> str:
    """So many tables, each with a key, a reference to the one before, and rows."""
    return "".join(
        f"CREATE TABLE t{n} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text, "
        f"before bigint {f'REFERENCES t{n - 1} ON DELETE CASCADE' if n else ''});\n"
        f"INSERT INTO t{n} (v, before) "
        f"SELECT 'kept', {'row' if n else 'NULL'} FROM generate_series(1, {rows}) AS row;\n"
        for n in range(tables)
    )


@contextmanager
def utility(stack: ServiceStack, tables: int, rows: int = 0) -> Iterator[DatabaseTestUtility]:
    """Databases with so many tables."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "schema.sql"
        path.write_text(schema(tables, rows))
        with DatabaseTestUtility(stack, template=Template.of_sql(path)) as made:
            yield made


def suite_per_test(stack: ServiceStack, conftest: str, plugin: str) -> Callable[[], float]:
    """Milliseconds that one more test with a database of its own costs a run of pytest."""
    with DatabaseTestUtility(stack) as made:
        address = made.server.address
    environment = {**os.environ, "ADMIN_URL": address.url(), "PG_HOST": address.host, "PGHOST": address.host}

    def run(number: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "schema.sql").write_text(schema(20))
            (Path(folder) / "conftest.py").write_text(conftest)
            (Path(folder) / "test_suite.py").write_text(SUITE.format(number=number))
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", plugin]
            start = perf_counter()
            answer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
            spent = perf_counter() - start
        if f"{number} passed" not in answer.stdout:
            raise RuntimeError(answer.stdout + answer.stderr)
        return spent

    return lambda: (run(MANY) - run(FEW)) / (MANY - FEW) * 1000


def clones(made: DatabaseTestUtility) -> list[float]:
    """How long each of a row of tests waits for a brand-new database, in milliseconds."""
    waited = []
    for _ in range(CLONES):
        start = perf_counter()
        with made.database(isolation="clone") as database:
            waited.append((perf_counter() - start) * 1000)
            with database.connect() as connection:
                connection.execute("INSERT INTO t0 (v) VALUES ('x')")
    return sorted(waited)


def clones_per_second(made: DatabaseTestUtility) -> float:
    """Databases made by four threads at once, none ahead of time."""
    prepared = made.server.prepare(made.template)
    names = [f"gp_rate_{number}" for number in range(CLONES)]
    with ThreadPoolExecutor(4) as threads:
        spent = seconds(lambda: list(threads.map(lambda name: made.server.create(name, prepared), names)))
        list(threads.map(made.server.drop, names))
    return CLONES / spent


def resets(made: DatabaseTestUtility) -> dict[str, float]:
    """A dirty database put back, in milliseconds: ours, and on a plain one by TRUNCATE and by rolling back."""
    plain = "gp_plain"
    made.server.create(plain)
    with (
        made.database(isolation="clone") as database,
        database.connect(autocommit=True) as writer,
        database.connect(autocommit=True) as watcher,
        psycopg.connect(made.server.address.of(plain).url(), autocommit=True) as other,
    ):
        other.execute(schema(50).encode())
        every = ", ".join(f"t{number}" for number in range(50))

        def reset() -> float:
            dirty(writer)
            return seconds(lambda: watch.reset(watcher)) * 1000

        def truncate() -> float:
            dirty(other)
            return seconds(lambda: other.execute(f"TRUNCATE {every} RESTART IDENTITY".encode())) * 1000

        def rollback() -> float:
            enter = seconds(lambda: other.execute("BEGIN; SAVEPOINT test"))
            dirty(other)
            return (enter + seconds(lambda: other.execute("ROLLBACK"))) * 1000

        ours, theirs, scope = taking_turns(reset, truncate, rollback, rounds=51)
    made.server.drop(plain)
    return {"reset_ms": ours, "truncate_ms": theirs, "rollback_ms": scope}


def dirty(connection: psycopg.Connection[Any]) -> None:
    """What a test writes."""
    for table in range(WRITES):
        connection.execute(f"INSERT INTO t{table} (v) VALUES ('x')".encode())


def mismatches(made: DatabaseTestUtility, seed: int = 1) -> int:
    """Random writes, a reset, and the fingerprint of everything: how often it is not the template's."""
    chance, wrong = random.Random(seed), 0
    before = made.server.prepare(made.template).fingerprint
    with made.database(isolation="clone") as database, database.connect(autocommit=True) as connection:
        for _ in range(RESETS):
            for _ in range(chance.randint(0, 4)):
                table = chance.randrange(10)
                statements = [
                    f"INSERT INTO t{table} (v) VALUES ('x')",
                    f"UPDATE t{table} SET v = 'y'",
                    f"DELETE FROM t{table}",
                    f"TRUNCATE t{table} CASCADE",
                    f"SELECT nextval(pg_get_serial_sequence('t{table}', 'id'))",
                ]
                connection.execute(chance.choice(statements).encode())
            watch.reset(connection)
            wrong += fingerprint(connection) != before
    return wrong


def measure() -> dict[str, object]:
    with ServiceStack("postgres") as stack:
        ours, theirs = taking_turns(
            suite_per_test(stack, OURS, "no:postgresql"), suite_per_test(stack, THEIRS, "no:goldenpath"), rounds=5
        )
        with utility(stack, 20) as made:
            waited = clones(made)
            rate = clones_per_second(made)
        with utility(stack, 50) as made:
            reset = resets(made)
        with utility(stack, 10, SEEDED) as made:
            wrong = mismatches(made)
    return {
        "db_per_test_vs_pytest_postgresql": theirs / ours,
        "db_per_test_ms": ours,
        "pytest_postgresql_ms": theirs,
        "clone_p50_ms": median(waited),
        "clone_p95_ms": waited[int(len(waited) * 0.95)],
        "clones_per_s_4_workers": rate,
        "reset_vs_truncate": reset["truncate_ms"] / reset["reset_ms"],
        "reset_vs_rollback": reset["reset_ms"] / reset["rollback_ms"],
        **reset,
        "fingerprint_mismatches": wrong,
        "fingerprint_resets": RESETS,
    }


if __name__ == "__main__":
    publish(__doc__, measure)
