"""Among the integration tests real servers are used: what stands in for one is refused, named and counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis

FILE = "tests/integration/test_shop.py"
REAL = """
    import os
    import redis
    from goldenpath import SSotBaseTestCase

    class ShopCase(SSotBaseTestCase):
        def setUp(self):
            self.client = redis.Redis.from_url(os.environ["CASE_REDIS_URL"])
            self.add_cleanup(self.client.close)

        def test_the_stock_goes_down(self):
            self.client.set("stock", 3)
            self.assertEqual(self.client.decr("stock"), 2)
"""
DOUBLED = (
    REAL
    + """
        def test_builds_a_double(self):
            from unittest.mock import Mock
            self.client = Mock()
            self.client.decr.return_value = 2
            self.assertEqual(self.client.decr("stock"), 2)

        def test_patches_the_driver(self):
            from unittest.mock import patch
            with patch.object(redis.Redis, "decr", lambda self, name: 2):
                self.assertEqual(self.client.decr("stock"), 2)

        def test_swallows_the_refusal(self):
            from unittest.mock import AsyncMock
            try:
                AsyncMock()
            except BaseException:
                pass
            self.assertTrue(self.client.ping())

        def test_uses_the_factory(self):
            from goldenpath import SSotMockFactory
            self.assertIsNotNone(SSotMockFactory.create_redis_client_mock())
"""
)
BUILDING = ["test_builds_a_double", "test_patches_the_driver", "test_swallows_the_refusal", "test_uses_the_factory"]


def test_an_integration_test_with_a_real_server_complies(run_suite: Callable[..., Any], told: redis.Redis) -> None:
    run = run_suite(REAL, file=FILE)
    assert (run.code, [outcome for _, outcome in run.outcomes]) == (0, ["PASSED"]), run.shown
    assert "mock policy" not in run.shown
    assert told.get("stock") == b"2"


def test_a_double_in_the_place_of_a_real_server_fails_where_it_is_built(
    run_suite: Callable[..., Any], told: redis.Redis
) -> None:
    run = run_suite(DOUBLED, file=FILE)
    outcomes = {name.rpartition("::")[2]: outcome for name, outcome in run.outcomes}
    assert outcomes == {"test_the_stock_goes_down": "PASSED", **dict.fromkeys(BUILDING, "FAILED")}, run.shown
    assert "use the real part" in run.shown
    assert told.get("stock") == b"2"


def test_a_refusal_that_is_swallowed_fails_its_test_all_the_same(
    run_suite: Callable[..., Any], told: redis.Redis
) -> None:
    run = run_suite(DOUBLED, "-k", "swallows", file=FILE)
    assert run.code == 1, run.shown
    line = next(n for n, text in enumerate(DOUBLED.splitlines(), 1) if "    AsyncMock()" in text)
    assert f"test_shop.py:{line}" in run.shown
    assert told.dbsize() == 0


def test_where_the_policy_only_reports_every_double_is_named_with_its_test(
    run_suite: Callable[..., Any], told: redis.Redis
) -> None:
    run = run_suite(DOUBLED, "--mock-policy=report", file=FILE)
    assert run.code == 0, run.shown
    reported = run.shown.partition(" mock policy ")[2]
    assert [name for name in BUILDING if f"::{name}: " in reported] == BUILDING
    assert "test_the_stock_goes_down:" not in reported
    assert told.get("stock") == b"2"


def test_among_the_unit_tests_the_same_doubles_are_nobodys_business(
    run_suite: Callable[..., Any], told: redis.Redis
) -> None:
    run = run_suite(DOUBLED, file="tests/unit/test_shop.py")
    assert (run.code, len(run.outcomes)) == (0, 5), run.shown
    assert told.get("stock") == b"2"
