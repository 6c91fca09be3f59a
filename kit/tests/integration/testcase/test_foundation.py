"""What a case is: unittest's assertions, pytest's fixtures, hooks in their order, and none that has to be called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis

from goldenpath import SSotAsyncTestCase, SSotBaseTestCase
from goldenpath.databases import IsolatedDatabase, IsolatedStores

ON_A_SERVER = """
    import redis
    from goldenpath import ServiceStack, SSotBaseTestCase

    class CartCase(SSotBaseTestCase):
        @classmethod
        def setUpClass(cls):
            cls.stack = cls.enterClassContext(ServiceStack("redis"))

        def setUp(self):
            self.client = redis.Redis.from_url(self.stack["redis"].url)
            self.add_cleanup(self.client.close)

        def test_a_value_is_kept(self):
            self.assertTrue(self.client.set("cart", "full"))
            self.assertEqual(self.client.get("cart"), b"full")

        async def test_a_value_is_removed(self):
            self.client.set("cart", "full")
            self.assertEqual(self.client.delete("cart"), 1)

        def test_the_wrong_value_is_noticed(self):
            self.client.set("cart", "full")
            self.assertEqual(self.client.get("cart"), b"empty")
"""

HOOKS = """
    import os
    import redis
    from goldenpath import SSotBaseTestCase

    class HookCase(SSotBaseTestCase):
        def note(self, what):
            self.client.rpush("hooks", what)

        def setUp(self):
            self.client = redis.Redis.from_url(os.environ["CASE_REDIS_URL"])
            self.add_cleanup(self.client.close)
            self.add_cleanup(self.note, "first clean-up")
            self.add_cleanup(self.note, "second clean-up")
            self.note("setUp")

        async def asyncSetUp(self):
            self.note("asyncSetUp")

        async def test_body(self):
            self.note("body")
            assert self.client.llen("hooks") == 3

        async def asyncTearDown(self):
            self.note("asyncTearDown")

        def tearDown(self):
            self.note("tearDown")
"""
IN_ORDER = [b"setUp", b"asyncSetUp", b"body", b"asyncTearDown", b"tearDown", b"second clean-up", b"first clean-up"]


def test_a_class_with_a_server_of_its_own_ends_alike_under_pytest_and_unittest(run_suite: Callable[..., Any]) -> None:
    under_pytest = run_suite(ON_A_SERVER)
    assert sorted(outcome for _, outcome in under_pytest.outcomes) == ["FAILED", "PASSED", "PASSED"], under_pytest.shown
    under_unittest = run_suite("", "test_suite", module="unittest")
    assert (under_pytest.code, under_unittest.code) == (1, 1)
    assert "Ran 3 tests" in under_unittest.shown
    assert "failures=1" in under_unittest.shown
    for run in (under_pytest, under_unittest):
        assert "b'full' != b'empty'" in run.shown


@pytest.mark.parametrize("module", ["pytest", "unittest"])
def test_the_hooks_around_a_real_connection_run_in_their_order(
    run_suite: Callable[..., Any], told: redis.Redis, module: str
) -> None:
    run = run_suite(HOOKS, *(["test_suite"] if module == "unittest" else []), module=module)
    assert run.code == 0, run.shown
    assert told.lrange("hooks", 0, -1) == IN_ORDER


class TestEverythingAtOnce(SSotBaseTestCase):
    @pytest.fixture(autouse=True)
    def connected(self, database: IsolatedDatabase) -> None:
        self.database = database

    @pytest.mark.parametrize("cents", [1, 250])
    def test_a_method_has_parameters_fixtures_and_unittests_assertions(
        self, cents: int, stores: IsolatedStores
    ) -> None:
        assert stores.redis is not None
        with self.database.connect() as connection, stores.redis.connect() as client:
            connection.execute("CREATE TABLE price (cents int)")
            connection.execute("INSERT INTO price VALUES (%s)", [cents])
            client.set("price", cents)
            with self.subTest("the database"):
                self.assertEqual(connection.execute("SELECT cents FROM price").fetchone(), (cents,))
            with self.subTest("the cache"):
                self.assertEqual(int(client.get("price")), cents)
        with self.assertRaisesRegex(Exception, "closed"):
            connection.execute("SELECT 1")


class TestWhoForgetsSuper(SSotAsyncTestCase):
    """No hook here calls its super(), and all of the base class works."""

    def setUp(self) -> None:
        self.set_env_var("CASE_REGION", "eu")

    async def asyncSetUp(self) -> None:
        self.record_metric("ready", True)

    def tearDown(self) -> None:
        assert self.get_env_var("CASE_REGION") == "eu"

    def test_a_case_whose_hooks_never_call_super_has_all_that_a_case_has(self, told: redis.Redis) -> None:
        told.set("region", self.get_env_var("CASE_REGION") or "")
        with self.track_redis_operations() as tracked:
            self.increment_redis_ops_count()
            assert told.get("region") == b"eu"
        assert (tracked.count, self.get_metric("ready")) == (1, True)
        self.assert_metrics_recorded("ready", "redis_operations")
