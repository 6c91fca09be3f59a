from __future__ import annotations

import ast
import re
from collections.abc import Callable
from textwrap import dedent
from typing import Any

import pytest

from goldenpath.plugin import evidence, rewriting
from goldenpath.plugin.tally import TALLY

HELPER = """
    def check(thing):
        assert thing
"""
SUITE = '''
    """A docstring first."""
    from __future__ import annotations

    import unittest
    import warnings
    from unittest import mock

    import pytest

    from goldenpath import GOLDEN_PATH, double, SSotBaseTestCase
    from goldenpath.plugin.evidence import asserting, count_assertion
    from tests.checking import check
    from shop import must_be_true

    class Cart:
        def add(self, what): ...

    @pytest.fixture
    def asserting_fixture():
        assert True
        yield
        assert True

    def test_hollow(): pass
    def test_hollow_in_spite_of_its_fixture(asserting_fixture): pass
    def test_swallowed():
        try:
            pass
        except ValueError:
            assert False

    class PlainCase(unittest.TestCase):
        def test_hollow_case(self): pass
        def test_1_unittest(self): self.assertEqual([1], [1])

    class OurCase(SSotBaseTestCase):
        async def test_hollow_async(self): pass
        def setUp(self): pass
        def test_1_expected(self):
            with self.expect_exception(ValueError):
                raise ValueError
        def test_2_in_parts(self):
            for number in range(2):
                with self.subTest(number=number):
                    assert True

    def test_2_statements():
        assert 1; assert 2
    def test_3_in_a_loop():
        for number in range(3):
            if number < 9:
                assert number < 9, "in a message"
    def test_1_raises():
        with pytest.raises(ValueError):
            raise ValueError
    def test_1_warns():
        with pytest.warns(UserWarning):
            warnings.warn("careful")
    def test_1_helper(): check(1)
    def test_1_mock():
        spy = mock.Mock()
        spy()
        spy.assert_called_once_with()
    def test_1_double():
        cart = double(Cart)
        cart.add("tea")
        cart.add.assert_called_once_with("tea")
    def test_1_contract(): GOLDEN_PATH.check([])
    def test_1_setting(): must_be_true(True)
    def test_1_asserting(): asserting(len)([1])
    def test_4_counted(): count_assertion(4)
    @pytest.mark.no_assertions("it must not raise")
    def test_0_meant(): pass
    @pytest.mark.xfail(strict=False)
    def test_0_xpass(): pass
'''
SHOP = """
    def must_be_true(thing):
        if not thing:
            raise AssertionError
"""
INI = "[pytest]\ngoldenpath_assertions = shop:must_*\nasyncio_default_fixture_loop_scope = function\n"


@pytest.fixture
def run(run_suite: Callable[..., Any]) -> Callable[..., Any]:
    """Run the suite, its helper beside it."""

    def run(*options: str) -> Any:
        run_suite(HELPER, "--co", file="tests/checking.py", ini=INI)
        run_suite(SHOP, "--co", file="shop.py", ini=INI)
        return run_suite(SUITE, *options, file="tests/test_suite.py", ini=INI)

    return run


def counts(junit: str) -> dict[str, str]:
    """The assertions of each test, as the JUnit file has them."""
    return dict(
        re.findall(r'name="(test_\w+)" time="[^"]*"><properties><property name="assertions" value="(\d+)"', junit)
    )


def test_each_kind_of_assertion_is_counted_and_hollow_passes_are_told(run: Callable[..., Any], tmp_path: Any) -> None:
    ended = run("--junitxml=junit.xml", "-p", "no:asyncio")
    assert ended.code == 0, ended.shown
    found = counts((tmp_path / "junit.xml").read_text())
    assert len(found) == 21
    wanted = {name: number[1] if (number := re.match(r"test_(\d)", name)) else "0" for name in found}
    assert found == wanted
    hollow = ended.shown.partition("hollow passes")[2]
    assert set(re.findall(r"::(test_\w+)$", hollow, re.MULTILINE)) == {name for name in found if "_0_" not in name} - {
        name for name in found if re.match(r"test_[1-9]", name)
    }
    assert "5 passed without executing one assertion; --strict-evidence fails them" in hollow


def test_strict_evidence_fails_hollow_passes_and_nothing_else(run: Callable[..., Any]) -> None:
    ended = run("--strict-evidence")
    assert ended.code == 1
    failed = {name.rpartition("::")[2] for name, outcome in ended.outcomes if outcome == "FAILED"}
    assert failed == {
        "test_hollow",
        "test_hollow_in_spite_of_its_fixture",
        "test_swallowed",
        "test_hollow_case",
        "test_hollow_async",
    }
    assert "test_hollow passed without executing one assertion: nothing was tested" in ended.shown


def test_where_assert_statements_cannot_be_counted_nothing_is_judged(run_suite: Callable[..., Any]) -> None:
    suite = "def test_hollow(): pass\n"
    plain = run_suite(suite, "--assert=plain")
    assert plain.code == 0
    assert "assertions were not counted: --assert=plain leaves assert statements as they are" in plain.shown
    assert "hollow passes" not in plain.shown
    strict = run_suite("", "--assert=plain", "--strict-evidence")
    assert strict.code == 4
    assert "--strict-evidence cannot judge this run" in strict.shown


@pytest.mark.parametrize("mark", ["no_assertions", "no_assertions()", "no_assertions('')", "no_assertions(reason=' ')"])
def test_a_test_that_means_to_assert_nothing_says_why(run_suite: Callable[..., Any], mark: str) -> None:
    ended = run_suite(f"import pytest\n@pytest.mark.{mark}\ndef test_x(): pass\n")
    assert ended.code == 4
    assert "test_suite.py::test_x: say why, as in @pytest.mark.no_assertions" in ended.shown


def test_a_setting_that_names_no_function_is_refused(run_suite: Callable[..., Any]) -> None:
    ended = run_suite("def test_x(): assert 1\n", ini="[pytest]\ngoldenpath_assertions = shop\n")
    assert ended.code != 0
    assert "goldenpath_assertions: 'shop' does not name a function as 'module:name' does" in ended.shown


def test_another_process_reads_the_evidence_from_reports(run_suite: Callable[..., Any]) -> None:
    plugin = """
        from goldenpath.plugin.evidence import evidence_of

        def pytest_runtest_logreport(report):
            if report.when == "call":
                evidence = evidence_of(report)
                print("\\nEVIDENCE", report.nodeid, evidence.assertions, evidence.hollow)
    """
    run_suite(plugin, "--co", file="conftest.py")
    ended = run_suite("def test_two(): assert 1; assert 1\ndef test_none(): pass\n", "-s", "-p", "xdist", "-n2")
    assert "EVIDENCE test_suite.py::test_two 2 False" in ended.shown
    assert "EVIDENCE test_suite.py::test_none 0 True" in ended.shown


def test_counting_leaves_a_module_as_it_was() -> None:
    tree = ast.parse(
        dedent("""
            '''Doc.'''
            from __future__ import annotations

            def f(x):
                match x:
                    case 1:
                        assert x
                try:
                    assert x
                finally:
                    assert x
                return x
        """)
    )
    rewriting.count_statements(tree)
    space: dict[str, Any] = {}
    exec(compile(tree, "f.py", "exec"), space)
    before = TALLY.statements
    assert space["f"](1) == 1
    after = TALLY.statements
    assert after - before == 3 + 1, "its three, and the one in between"
    assert space["__doc__"] == "Doc."
    assert space["f"].__annotations__ == {}


def test_a_module_without_assertions_is_not_touched() -> None:
    tree = ast.parse("import os\nif os:\n    pass\n")
    before = ast.dump(tree)
    rewriting.count_statements(tree)
    assert ast.dump(tree) == before


def test_installed_packages_do_not_speak_for_a_test() -> None:
    assert not rewriting.is_counted("/usr/lib/python3/site-packages/thing/plugin.py")
    assert rewriting.is_counted("/usr/lib/python3/site-packages/goldenpath/doubles/conformance/websocket.py")
    assert rewriting.is_counted("/home/ada/shop/tests/test_cart.py")


def test_a_report_without_evidence_proves_nothing() -> None:
    report = pytest.TestReport("x", ("x", 1, "x"), {}, "passed", None, "setup")
    assert evidence.evidence_of(report) == evidence.Evidence(None, False)
