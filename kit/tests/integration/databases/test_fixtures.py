from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

SUITE = """
import pytest

NEW = "INSERT INTO customer (name) VALUES ('new')"

@pytest.mark.parametrize("again", range(3))
def test_a_database_of_its_own(database, again):
    with database.connect() as connection:
        connection.execute(NEW)
        connection.commit()
        assert connection.execute("SELECT count(*) FROM customer").fetchone() == (2,)

@pytest.mark.parametrize("again", range(3))
def test_a_transaction_of_its_own(transaction, again):
    transaction.execute(NEW)
    transaction.commit()
    assert transaction.execute("SELECT count(*) FROM customer").fetchone() == (2,)

@pytest.mark.parametrize("again", range(2))
def test_stores_of_its_own(stores, again):
    with stores.redis.connect() as client:
        assert client.dbsize() == 0
        client.set(stores.key, 1)

def test_named_after_the_worker(database):
    print("NAME", database.name)
"""

FAILING = """
def test_that_fails(database):
    with database.connect() as connection:
        connection.execute("INSERT INTO customer (name) VALUES ('evidence')")
    assert False
"""


def run(folder: Path, suite: str, *arguments: str) -> tuple[int, str]:
    (folder / "migrations").mkdir()
    (folder / "migrations/001.sql").write_text(
        "CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY, name text);"
        "INSERT INTO customer (name) VALUES ('acme');"
    )
    (folder / "pytest.ini").write_text("[pytest]\ngoldenpath_migrations = migrations\n")
    (folder / "test_suite.py").write_text(suite)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    answer = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return answer.returncode, answer.stdout + answer.stderr


def test_every_fixture_gives_each_test_a_place_of_its_own(tmp_path: Path) -> None:
    code, shown = run(tmp_path, SUITE, "-s")
    assert code == 0, shown
    assert "9 passed" in shown
    assert "NAME gp_main_" in shown


def test_workers_of_xdist_share_the_servers_and_no_database(tmp_path: Path) -> None:
    code, shown = run(tmp_path, SUITE, "-n2", "-rA")
    assert code == 0, shown
    assert "9 passed" in shown
    assert "NAME gp_gw" in shown


def test_the_database_of_a_failed_test_is_kept_and_its_url_printed_when_asked(tmp_path: Path) -> None:
    code, shown = run(tmp_path, FAILING, "--keep-database")
    assert code == 1
    assert "the database of the failed test is kept: psql 'postgresql://" in shown
    assert "as long as its server runs; `goldenpath services up` starts servers that outlive the run" in shown
