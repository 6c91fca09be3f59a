"""What becomes of a test is told: its figures, its failures all of them, its hollow passes, and what took too long."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import redis

from goldenpath import SSotBaseTestCase

FIGURES = """
    import os
    import redis
    from goldenpath import SSotBaseTestCase

    class FigureCase(SSotBaseTestCase):
        def test_counts_what_it_asks(self):
            with redis.Redis.from_url(os.environ["CASE_REDIS_URL"]) as client, self.track_redis_operations():
                for number in range(3):
                    client.rpush("numbers", number)
                    self.increment_redis_ops_count()
                self.record_metric("length", client.llen("numbers"))
            assert self.get_metric("length") == 3
"""
FAILING = """
    import os
    import redis
    from goldenpath import SSotBaseTestCase

    class FailingCase(SSotBaseTestCase):
        def setUp(self):
            self.client = redis.Redis.from_url(os.environ["CASE_REDIS_URL"])
            self.add_cleanup(self.client.close)
            self.add_cleanup(self.client.rpush, "done", "the first clean-up, which runs last")

        def test_body_and_clean_up_fail(self):
            self.add_cleanup(self.client.incr, "done")
            self.assertEqual(self.client.get("no such key"), b"something")
"""
HOLLOW = """
    import os
    import redis
    from goldenpath import SSotBaseTestCase

    class HollowCase(SSotBaseTestCase):
        def setUp(self):
            self.client = redis.Redis.from_url(os.environ["CASE_REDIS_URL"])
            self.add_cleanup(self.client.close)
        def test_asks_and_asserts_nothing(self):
            self.client.incr("asked")
        def test_asks_and_asserts(self):
            self.assertGreater(self.client.incr("asked"), 0)
"""


def test_the_figures_of_a_test_are_in_its_junit_report(
    run_suite: Callable[..., Any], told: redis.Redis, tmp_path: Path
) -> None:
    run = run_suite(FIGURES, "--junitxml=report.xml")
    assert run.code == 0, run.shown
    (case,) = ET.parse(tmp_path / "report.xml").iter("testcase")
    figures = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert (figures["redis_operations"], figures["length"]) == ("3", "3")
    assert told.llen("numbers") == 3


def test_a_body_and_a_clean_up_that_fail_are_both_told_and_the_other_clean_ups_run(
    run_suite: Callable[..., Any], told: redis.Redis
) -> None:
    told.rpush("done", "a list, which cannot be counted up")
    run = run_suite(FAILING)
    assert run.code == 1
    assert "2 failures" in run.shown
    assert "AssertionError: None != b'something'" in run.shown
    assert "WRONGTYPE" in run.shown
    assert told.lrange("done", 1, -1) == [b"the first clean-up, which runs last"]


def test_a_test_that_asks_a_server_and_asserts_nothing_is_hollow(
    run_suite: Callable[..., Any], told: redis.Redis
) -> None:
    plain = run_suite(HOLLOW)
    assert (plain.code, "1 passed without executing one assertion" in plain.shown) == (0, True), plain.shown
    strict = run_suite("", "--strict-evidence")
    outcomes = {name.rpartition("::")[2]: outcome for name, outcome in strict.outcomes}
    assert outcomes == {"test_asks_and_asserts_nothing": "FAILED", "test_asks_and_asserts": "PASSED"}, strict.shown
    assert told.get("asked") == b"4"


class TestErrorsAndLimits(SSotBaseTestCase):
    def test_a_connection_that_is_refused_is_an_exception_that_was_expected_and_an_error_that_was_logged(self) -> None:
        import socket

        with socket.create_server(("127.0.0.1", 0)) as server:
            address = server.getsockname()
        with self.expect_exception(ConnectionRefusedError) as refused:
            socket.create_connection(address)
        self.assert_no_errors_logged()
        with self.expect_exception(AssertionError, "cannot be reached"):
            with self.assert_no_errors_logged():
                logging.getLogger("shop").error("%s cannot be reached: %s", address, refused.value)
