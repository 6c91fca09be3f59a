"""The same suite as plain pytest classes without the plugin, with it, and as test cases: the outcomes are the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SUITE = """
    import pytest
    {import_}

    @pytest.fixture
    def number():
        return 7

    @pytest.fixture
    def broken():
        raise OSError("no")

    @pytest.fixture
    def broken_late():
        yield
        raise OSError("late")

    @pytest.fixture(params=["a", "b"])
    def letter(request):
        return request.param

    @pytest.fixture(autouse=True)
    def noted(request):
        request.node.noted = True

    class TestFixtures{base}:
        @pytest.fixture(autouse=True)
        def of_the_class(self, number, tmp_path):
            self.number = number
            self.path = tmp_path

        @pytest.fixture
        def doubled(self):
            return self.number * 2

        def test_attribute(self):
            assert self.number == 7 and self.path.is_dir()

        def test_argument(self, doubled, request):
            assert doubled == 14 and request.node.noted and request.cls is type(self)

        def test_parametrised_fixture(self, letter):
            assert letter == "a"

        def test_broken(self, broken):
            assert False

        def test_broken_late(self, broken_late):
            assert True

        def test_missing(self, nowhere):
            assert False

        async def test_async(self, doubled):
            assert doubled == 14

        async def test_async_fails(self, letter):
            assert letter == "b"

    class TestMarks{base}:
        @pytest.mark.parametrize("left", [1, 2])
        @pytest.mark.parametrize(("right", "sum_"), [(1, 2), pytest.param(3, 5, id="three"),
                                                     pytest.param(0, 0, marks=pytest.mark.skip)])
        def test_sum(self, left, right, sum_):
            assert left + right == sum_

        @pytest.mark.parametrize("nothing", [])
        def test_of_nothing(self, nothing):
            assert False

        @pytest.mark.skip(reason="not now")
        def test_skip(self):
            assert False

        @pytest.mark.skipif("True", reason="never")
        def test_skipif(self):
            assert False

        def test_skips_itself(self):
            pytest.skip("found out late")

        @pytest.mark.xfail
        def test_xfail(self):
            assert False

        @pytest.mark.xfail(strict=True)
        def test_xpass(self):
            assert True

        @pytest.mark.xfail(raises=OSError)
        def test_xfail_for_another_reason(self):
            assert False

        def test_imperative_xfail(self):
            pytest.xfail("known")

        @pytest.mark.usefixtures("broken")
        def test_usefixtures(self):
            assert True

        def test_raises(self):
            with pytest.raises(ZeroDivisionError):
                1 / 0

        def helper(self):
            assert False

        test_not_callable = 3

    @pytest.mark.usefixtures("number")
    class TestOuter{base}:
        def setup_method(self):
            self.state = []

        def test_outer_1(self):
            self.state.append(1)
            assert self.state == [1]

        def test_outer_2(self):
            assert self.state == []

        class TestInner{base}:
            def setup_method(self):
                self.inner = True

            def test_inner(self):
                assert self.inner

        class TestPlainInside:
            def setup_method(self):
                self.inner = True

            def test_inner(self):
                assert self.inner

    class TestInherited(TestOuter):
        def test_outer_2(self):
            assert False, "overridden"

    class TestBrokenSetup{base}:
        @classmethod
        def setup_class(cls):
            raise OSError("no class")

        def test_never(self):
            assert False

    @pytest.mark.skip(reason="whole class")
    class TestSkipped{base}:
        def test_never(self):
            assert False

    class TestNothing{base}:
        __test__ = False

        def test_never(self):
            assert False
"""

BARE = ("-p", "no:goldenpath")


def suites() -> dict[str, tuple[str, tuple[str, ...]]]:
    """The three of them: the text, and the options that go with it."""
    plain = SUITE.format(base="", import_="").replace("async def", "@pytest.mark.asyncio\n        async def")
    ours = SUITE.format(base="(SSotBaseTestCase)", import_="from goldenpath import SSotBaseTestCase")
    return {"bare": (plain, BARE), "with the plugin": (plain, ()), "as test cases": (ours, ())}


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-x",),
        ("-k", "Inner or (sum and three) or async", "--deselect", "test_suite.py::TestFixtures::test_async"),
        ("test_suite.py::TestMarks::test_sum", "test_suite.py::TestOuter::TestInner"),
        ("--collect-only", "-qq"),
    ],
    ids=lambda options: " ".join(options) or "everything",
)
def test_outcomes_are_those_of_plain_pytest(run_suite: Callable[..., Any], options: tuple[str, ...]) -> None:
    found = {}
    for name, (suite, how) in suites().items():
        run = run_suite(suite, *how, *options)
        found[name] = (run.code, run.outcomes if "--collect-only" not in options else collected(run.shown))
    assert found["bare"][1], "nothing was found"
    assert found["with the plugin"] == found["bare"]
    assert found["as test cases"] == found["bare"]


def test_the_failed_ones_run_again_first_and_alone(run_suite: Callable[..., Any]) -> None:
    found = {}
    for name, (suite, how) in suites().items():
        runs = [run_suite(suite, *how), run_suite("", *how, "--lf"), run_suite("", *how, "--ff", "--maxfail=1")]
        found[name] = [(run.code, run.outcomes) for run in runs]
    everything, last, failed_first = (outcomes for _, outcomes in found["bare"])
    assert 0 < len(last) < len(everything)
    assert len(failed_first) == 1
    assert found["with the plugin"] == found["bare"]
    assert found["as test cases"] == found["bare"]


def test_unittest_marks_and_plain_unittest_classes_are_as_without_the_plugin(run_suite: Callable[..., Any]) -> None:
    suite = """
        import unittest

        class PlainCase(unittest.TestCase):
            @unittest.skip("no")
            def test_skipped(self):
                self.fail()
            @unittest.expectedFailure
            def test_expected(self):
                self.fail()
            @unittest.expectedFailure
            def test_unexpected(self):
                self.assertTrue(True)
            def test_skips(self):
                self.skipTest("late")
            def test_parts(self):
                for number in range(3):
                    with self.subTest("part", number=number):
                        self.assertNotEqual(number, 1)

        @unittest.skip("whole class")
        class SkippedCase(unittest.TestCase):
            def test_never(self):
                self.fail()
    """
    ours = suite.replace("(unittest.TestCase)", "(SSotBaseTestCase)").replace(
        "import unittest\n", "import unittest\n        from goldenpath import SSotBaseTestCase\n"
    )
    bare, plain, case = run_suite(suite, *BARE), run_suite(suite), run_suite(ours)
    assert len(bare.outcomes) == 6
    assert sorted(plain.outcomes) == sorted(bare.outcomes)
    assert without_parts(case) == without_parts(bare)
    assert ("PlainCase::test_parts", "FAILED") in case.outcomes, "pytest calls it passed, and its parts failed"
    assert (plain.code, case.code) == (bare.code, bare.code) == (1, 1)
    for run in (plain, case):
        assert "SUBFAILED[part] (number=1)" in run.shown
        assert "SUBFAILED[part] (number=2)" not in run.shown


def without_parts(run: Any) -> list[tuple[str, str]]:
    """The outcomes but that of the test whose parts fail."""
    return sorted(outcome for outcome in run.outcomes if "parts" not in outcome[0])


def collected(shown: str) -> list[tuple[str, str]]:
    """The tests that `--collect-only -qq` lists."""
    return [(line.partition("::")[2], "") for line in shown.splitlines() if line.startswith("test_suite.py::")]
