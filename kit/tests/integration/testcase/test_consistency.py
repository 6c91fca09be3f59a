"""The same everywhere: in classes and functions, in both base classes, in every worker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis

from goldenpath import SSotAsyncTestCase, SSotBaseTestCase
from goldenpath.databases import IsolatedDatabase
from goldenpath.testcase import FunctionCase

IDENTITIES = """
    import os
    import pytest
    import redis
    from goldenpath import SSotAsyncTestCase, SSotBaseTestCase

    class Noting:
        @pytest.mark.parametrize("number", range(5))
        def test_identity(self, number):
            context = self.get_test_context()
            user = self.create_test_user_execution_context()
            assert user.user_id == context.user_id
            with redis.Redis.from_url(os.environ["CASE_REDIS_URL"]) as client:
                client.rpush("ids", context.trace_id, context.user_id, context.session_id, user.run_id, user.thread_id)

    class TestOne(Noting, SSotBaseTestCase): pass
    class TestOther(Noting, SSotAsyncTestCase): pass

    def test_function(ssot_case):
        Noting.test_identity(ssot_case, 0)
        assert ssot_case.get_test_context().test_id.endswith("::test_function")
"""


class Ledger:
    """One body, for whichever base class."""

    def test_what_is_counted_kept_and_undone_is_the_same(self: Any, database: IsolatedDatabase) -> None:
        with database.connect() as connection, self.track_db_queries() as tracked:
            connection.execute("CREATE TABLE entry (cents bigint)")
            connection.execute("INSERT INTO entry VALUES (1), (2)")
            (total,) = connection.execute("SELECT sum(cents)::int FROM entry").fetchone()
            self.increment_db_query_count(3)
        self.record_metric("total", total)
        self.assertEqual((tracked.count, self.get_db_query_count(), self.get_metric("total")), (3, 3, 3))
        self.assert_metrics_recorded("db_queries", "total")


class TestLedgerOfTheBaseCase(Ledger, SSotBaseTestCase):
    pass


class TestLedgerOfTheAsyncCase(Ledger, SSotAsyncTestCase):
    pass


@pytest.mark.parametrize("workers", [0, 2])
def test_no_two_tests_have_an_identity_in_common_in_whichever_worker(
    run_suite: Callable[..., Any], told: redis.Redis, workers: int
) -> None:
    run = run_suite(IDENTITIES, *(["-pxdist", "-pxdist.looponfail", f"-n{workers}"] if workers else []))
    assert run.code == 0, run.shown
    ids = told.lrange("ids", 0, -1)
    assert len(ids) == len(set(ids)) == 11 * 5


def test_a_function_is_offered_what_a_class_is_offered(ssot_case: FunctionCase, database: IsolatedDatabase) -> None:
    offered = {name for name in dir(SSotBaseTestCase) if name in dir(FunctionCase) and not name.startswith("_")}
    assert offered >= {"set_env_var", "add_cleanup", "record_metric", "run_with_timeout", "expect_exception"}
    ssot_case.set_env_var("DATABASE_URL", database.url)
    with database.connect() as connection, ssot_case.track_db_queries() as tracked:
        connection.execute("CREATE TABLE note (text text)")
        ssot_case.increment_db_query_count()
        with ssot_case.expect_exception(Exception, "already exists"):
            connection.execute("CREATE TABLE note (text text)")
    assert tracked.count == 1
    ssot_case.assert_env_var_set("DATABASE_URL", database.url)
