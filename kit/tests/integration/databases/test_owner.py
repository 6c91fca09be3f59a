from __future__ import annotations

import subprocess
import sys

import pytest

from goldenpath.databases import DatabaseTestUtility
from goldenpath.services import ServiceStack

pytestmark = pytest.mark.integration

KILLED = """
import os, sys
from goldenpath.databases import DatabaseTestUtility

utility = DatabaseTestUtility(sys.argv[1], prefix="orphan")
with utility.database() as database, utility.transaction_scope():
    print(database.name, flush=True)
    os._exit(9)
"""


def test_what_a_killed_process_left_is_dropped_by_the_next_but_for_the_template(stack: ServiceStack) -> None:
    command = [sys.executable, "-c", KILLED, stack["postgres"].admin_url or ""]
    name = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    with DatabaseTestUtility(stack, prefix="other") as other, other.server.connection() as connection:
        query = "SELECT count(*) FROM pg_database WHERE datname = %s"
        assert connection.execute(query, [name]).fetchone() == (1,)
    with DatabaseTestUtility(stack, prefix="orphan") as utility:
        (template,) = utility.server.databases()
        assert template.startswith("orphan_template_")


def test_what_a_living_utility_made_or_a_dead_one_kept_is_not_dropped(stack: ServiceStack) -> None:
    with DatabaseTestUtility(stack, prefix="living", keep_on_failure=True, tell=lambda _: None) as kept:
        with pytest.raises(KeyError), kept.database() as evidence:
            raise KeyError
    with DatabaseTestUtility(stack, prefix="living") as living, living.database() as database:
        with DatabaseTestUtility(stack, prefix="living") as another:
            assert {evidence.name, database.name} <= set(another.server.databases())


def test_a_utility_whose_lock_was_lost_takes_it_again(stack: ServiceStack) -> None:
    with DatabaseTestUtility(stack, prefix="lost", ahead=0) as utility:
        with utility.server.connection() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_locks "
                "WHERE locktype = 'advisory' AND objid::int8 = ('x' || %s)::bit(32)::int8",
                [utility._names.token],
            )
        with utility.database(isolation="clone") as database:
            with DatabaseTestUtility(stack, prefix="lost") as another:
                assert database.name in another.server.databases()
