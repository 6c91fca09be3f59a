from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

SUITE = """
    import asyncio

    import pytest
    from hypothesis import given, settings, strategies
    from goldenpath import SSotBaseTestCase

    class AwaitedCase(SSotBaseTestCase):
        examples = 0

        def setUp(self):
            self.ready = True

        async def asyncSetUp(self):
            self.loop = asyncio.get_running_loop()

        @settings(max_examples=9)
        @given(number=strategies.integers())
        def test_hypothesis(self, number):
            type(self).examples += 1
            assert self.ready and self.loop

        async def test_unmarked(self):
            assert self.loop is asyncio.get_running_loop()

        @pytest.mark.anyio
        async def test_of_anyio(self):
            assert self.loop is asyncio.get_running_loop()

        @pytest.mark.simulation(seeds=3)
        async def test_simulated(self):
            await asyncio.sleep(3600)
            assert self.loop is asyncio.get_running_loop()

        def test_z_hypothesis_ran(self):
            assert self.examples == 9
"""
OF_ASYNCIO = """
    @pytest.mark.asyncio
    async def test_marked():
        assert False, "so that it has a report"

    class MarkedCase(SSotBaseTestCase):
        @settings(max_examples=9)
        @given(number=strategies.integers())
        async def test_async_hypothesis(self, number):
            await asyncio.sleep(0)
            assert number == int(number)
"""


def run(folder: Path, suite: str, *options: str) -> tuple[int, str]:
    (folder / "test_suite.py").write_text(dedent(suite))
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", *options]
    environment = {**os.environ, "COLUMNS": "200"}
    answer = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120
    )
    return answer.returncode, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("-p", "no:asyncio"),
        ("-p", "no:anyio", "-k", "not anyio"),
        ("-o", "asyncio_mode=auto"),
        ("--anyio-mode=auto",),
    ],
    ids=" ".join,
)
def test_every_test_runs_on_the_loop_of_its_hooks_whoever_awaits_it(tmp_path: Path, options: tuple[str, ...]) -> None:
    code, shown = run(tmp_path, SUITE, "--strict-evidence", *options)  # each of them passed and asserted
    assert code == 0, shown


def test_hypothesis_runs_async_tests_of_a_case_with_pytest_asyncio(tmp_path: Path) -> None:
    code, shown = run(tmp_path, SUITE + OF_ASYNCIO, "-k", "async_hypothesis")
    assert (code, "1 passed" in shown) == (0, True), shown


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_tests_that_two_plugins_claim_are_told_what_is_wrong(tmp_path: Path, mode: str) -> None:
    code, shown = run(
        tmp_path, SUITE + OF_ASYNCIO, "--anyio-mode=auto", "-o", f"asyncio_mode={mode}", "-k", "test_marked"
    )
    assert code == 1
    assert (
        "1 tests, test_suite.py::test_marked[asyncio] the first, are claimed by pytest-asyncio and, because of" in shown
    )
    assert "This test is claimed by pytest-asyncio" in shown
    assert "Set anyio_mode = strict" in shown


def test_where_only_one_plugin_claims_a_test_nothing_is_said(tmp_path: Path) -> None:
    code, shown = run(tmp_path, SUITE, "--anyio-mode=auto", "-k", "unmarked")
    assert (code, "two async plugins" in shown) == (0, False)
