from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

HOOKS = """
    import os
    from pathlib import Path
    from goldenpath import {base} as Base

    def note(what):
        with Path("order.txt").open("a") as file:
            file.write(what + " ")

    class OrderCase(Base):
        @classmethod
        def setUpClass(cls):
            note("setUpClass")
            os.environ["OF_THE_CLASS"] = "1"

        @classmethod
        def tearDownClass(cls):
            note("tearDownClass")

        @classmethod
        def setup_class(cls):
            note("setup_class")

        @classmethod
        def teardown_class(cls):
            note("teardown_class")

        {is_async}def setup_method(self, method):
            assert method.__name__ == "test_body"
            note("setup_method")

        {is_async}def teardown_method(self):
            note("teardown_method")

        {is_async}def setUp(self):
            note("setUp")
            self.add_cleanup(note, "first_cleanup")
            self.add_cleanup(self.awaited_cleanup)

        async def awaited_cleanup(self):
            note("awaited_cleanup")

        {is_async}def tearDown(self):
            note("tearDown")

        async def asyncSetUp(self):
            note("asyncSetUp")

        async def asyncTearDown(self):
            note("asyncTearDown")

        {is_async_test}def test_body(self):
            self.assertEqual(os.environ["OF_THE_CLASS"], "1")
            note("test_body")

    class ZCase(Base):
        def test_that_nothing_of_the_class_is_left(self):
            assert "OF_THE_CLASS" not in os.environ
"""
BEFORE = ["setUpClass", "setup_class", "setup_method", "setUp", "asyncSetUp", "test_body"]
AFTER = ["asyncTearDown", "tearDown", "awaited_cleanup", "first_cleanup"]


@pytest.mark.parametrize("module", ["pytest", "unittest"])
@pytest.mark.parametrize(
    ("base", "asynchronous"),
    [
        ("SSotBaseTestCase", ("", "")),
        ("SSotBaseTestCase", ("", "async ")),
        ("SSotAsyncTestCase", ("async ", "")),
        ("SSotAsyncTestCase", ("async ", "async ")),
    ],
)
def test_every_hook_runs_in_order_whether_async_or_not(
    run_suite: Callable[..., Any], tmp_path: Any, module: str, base: str, asynchronous: tuple[str, str]
) -> None:
    hooks, body = asynchronous
    suite = HOOKS.format(base=base, is_async=hooks, is_async_test=body)
    run = run_suite(suite, *(["test_suite"] if module == "unittest" else []), module=module)
    assert run.code == 0, run.shown
    order = (tmp_path / "order.txt").read_text().split()
    teardown = order.pop(order.index("teardown_method"))
    assert order[:10] == BEFORE + AFTER
    assert teardown == "teardown_method"
    assert sorted(order[10:]) == ["tearDownClass", "teardown_class"]


def test_the_order_of_super_and_its_absence_make_no_difference(run_suite: Callable[..., Any]) -> None:
    suite = """
        from goldenpath import SSotBaseTestCase

        class CallsFirst(SSotBaseTestCase):
            def setUp(self):
                super().setUp()
                self.record_metric("ready", 1)
            def test_metric(self):
                assert self.get_metric("ready") == 1

        class CallsLast(SSotBaseTestCase):
            def setup_method(self, method):
                self.record_metric("ready", 1)
                super().setup_method(method)
            async def test_metric(self):
                assert self.get_metric("ready") == 1

        class Forgets(SSotBaseTestCase):
            @classmethod
            def setUpClass(cls):
                cls.ready = 1
            def setUp(self):
                self.set_env_var("FORGOTTEN", "yes")
            def tearDown(self):
                pass
            async def asyncSetUp(self):
                self.also = self.ready
            def test_ready(self):
                assert (self.ready, self.also, self.get_env_var("FORGOTTEN")) == (1, 1, "yes")

        class GoesLast(SSotBaseTestCase):
            def test_restored(self):
                self.assert_env_var_not_set("FORGOTTEN")
    """
    for module in ("pytest", "unittest"):
        run = run_suite(suite, *(["test_suite"] if module == "unittest" else []), module=module)
        assert run.code == 0, run.shown
        assert "4 passed" in run.shown or "Ran 4 tests" in run.shown


FAILING = """
    from goldenpath import SSotBaseTestCase

    class FailingCase(SSotBaseTestCase):
        def test_cleanup_fails(self):
            self.add_cleanup(print, "still cleaned up")
            self.add_cleanup(self.fail_to_clean_up)

        async def test_async_cleanup_fails(self):
            async def clean():
                raise OSError("the disk is gone")
            self.add_cleanup(clean)

        def test_both_fail(self):
            self.add_cleanup(self.fail_to_clean_up)
            assert 1 == 2, "the body"

        def fail_to_clean_up(self):
            raise OSError("the disk is gone")

    class TornDownCase(SSotBaseTestCase):
        async def asyncTearDown(self):
            raise OSError("torn")
        def tearDown(self):
            print("torn down all the same")
        def test_body(self):
            pass

    class NeverBegun(SSotBaseTestCase):
        def setup_method(self):
            self.add_cleanup(print, "cleaned up what was begun")
            raise OSError("cannot begin")
        def test_body(self):
            print("NEVER")

    class NeverSetUp(SSotBaseTestCase):
        def setUp(self):
            self.add_cleanup(print, "cleaned up what was set up")
            raise OSError("cannot set up")
        def tearDown(self):
            print("NEVER")
        def test_body(self):
            print("NEVER")
"""


def test_what_fails_around_a_test_fails_the_test_and_stops_nothing(run_suite: Callable[..., Any]) -> None:
    run = run_suite(FAILING, "-rA")
    assert run.code == 1
    assert [outcome for _, outcome in run.outcomes] == [*["FAILED"] * 4, "ERROR", "FAILED"], run.shown
    assert "2 failures" in run.shown
    for told in (
        "still cleaned up",
        "torn down all the same",
        "cleaned up what was begun",
        "cleaned up what was set up",
        "the body",
    ):
        assert told in run.shown
    assert "\nNEVER" not in run.shown
    again = run_suite("", "test_suite", module="unittest")
    assert (again.code, "errors=6" in again.shown, "failures=1" in again.shown) == (1, True, True), again.shown


def test_a_test_that_needs_pytest_says_so_under_unittest(run_suite: Callable[..., Any]) -> None:
    suite = """
        import pytest
        from goldenpath import SSotBaseTestCase

        class NeedyCase(SSotBaseTestCase):
            def test_fixture(self, tmp_path):
                assert tmp_path
            @pytest.mark.parametrize("number", [1])
            def test_parametrised(self, number):
                assert number
            @pytest.mark.skip(reason="not now")
            def test_skipped(self):
                assert False
            @pytest.mark.skipif(True, reason="never here")
            def test_skipped_if(self):
                assert False
    """
    run = run_suite(suite, "-v", "test_suite", module="unittest")
    assert run.code == 1
    assert "test_fixture takes tmp_path, which needs pytest: run it with `python -m pytest`" in run.shown
    assert "test_parametrised takes number and is marked parametrize, which needs pytest" in run.shown
    assert "skipped 'not now'" in run.shown
    assert "skipped 'never here'" in run.shown
    assert "errors=2, skipped=2" in run.shown


def test_unittest_shows_where_an_async_test_failed_and_nothing_of_the_loop(run_suite: Callable[..., Any]) -> None:
    suite = """
        from goldenpath import SSotBaseTestCase

        class FailingCase(SSotBaseTestCase):
            async def test_body(self):
                self.assertEqual(1, 2)
    """
    run = run_suite(suite, "test_suite", module="unittest")
    assert run.code == 1
    assert "asyncio" not in run.shown
    assert "AssertionError: 1 != 2" in run.shown
