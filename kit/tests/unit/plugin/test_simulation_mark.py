from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

SUITE = """
    import asyncio
    import time

    import pytest

    from goldenpath import Rule, sometimes
    from goldenpath.simulation import DROP

    LOSS = [Rule("loss", DROP, 0.2)]

    @pytest.fixture
    def count():
        return 6

    @pytest.mark.simulation(seeds=200, faults=LOSS)
    async def test_losing(simulation, count):
        got = []
        line = simulation.channel("server", "alice", got.append)
        for number in range(count):
            line.send("number", number)
            await asyncio.sleep(60)
        assert 3 in got or 4 in got

    @pytest.mark.simulation(seeds=30)
    async def test_passing():
        start = time.monotonic()
        await asyncio.sleep(3600)
        assert time.monotonic() - start == 3600

    class TestInAClass:
        @pytest.mark.parametrize("wait", [1, 2])
        @pytest.mark.simulation
        async def test_passing(self, wait):
            await asyncio.sleep(wait)

    @pytest.mark.simulation(seeds=20, faults=[Rule("never", DROP, type="unheard of")])
    async def test_faults_that_never_fire():
        sometimes("never")

    @pytest.mark.simulation
    async def test_skipping():
        pytest.skip("not today")

    @pytest.mark.simulation
    async def test_failing_by_name():
        pytest.fail("by name")

    @pytest.mark.simulation
    async def test_real_sleep():
        time.sleep(0)

    @pytest.mark.simulation
    def test_not_async():
        pass

    @pytest.mark.simulation(sedes=3)
    async def test_misspelt():
        pass

    @pytest.mark.simulation(seeds=[])
    async def test_no_seeds():
        pass

    def test_unmarked(simulation):
        pass

    @pytest.fixture
    def early(simulation):
        return simulation.network

    @pytest.mark.simulation
    async def test_early(early):
        pass
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "test_suite.py").write_text(dedent(SUITE))
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    return tmp_path


def run(suite: Path, *options: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rA", "-W", "error", *options]
    answer = subprocess.run(command, cwd=suite, capture_output=True, text=True, check=False)
    return answer.returncode, answer.stdout + answer.stderr


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_each_test_ends_as_it_should_in_either_mode_of_pytest_asyncio(suite: Path, mode: str) -> None:
    code, shown = run(suite, "-o", f"asyncio_mode={mode}")
    assert code == 1
    assert set(re.findall(r"^(PASSED|FAILED|ERROR) test_suite.py::(\S+)", shown, re.MULTILINE)) == {
        ("FAILED", "test_losing"),
        ("PASSED", "test_passing"),
        ("PASSED", "TestInAClass::test_passing[1]"),
        ("PASSED", "TestInAClass::test_passing[2]"),
        ("FAILED", "test_faults_that_never_fire"),
        ("FAILED", "test_failing_by_name"),
        ("FAILED", "test_real_sleep"),
        ("FAILED", "test_not_async"),
        ("FAILED", "test_misspelt"),
        ("FAILED", "test_no_seeds"),
        ("ERROR", "test_unmarked"),
        ("ERROR", "test_early"),
    }
    assert "1 skipped" in shown
    for told in (
        "sometimes 'never': never happened in 20 runs",
        "time.sleep is real I/O and refused in a simulation: use `await asyncio.sleep(...)`",
        "test_not_async is marked 'simulation' and therefore has to be an 'async def'",
        "the mark 'simulation' takes allow, faults, seeds, shrink, not ['sedes']",
        "was simulated under no seed at all",
        "the fixture 'simulation' needs the mark: @pytest.mark.simulation(seeds=...)",
        "no 'network' yet: the simulation exists inside the marked test function",
    ):
        assert told in shown


def test_the_replay_of_a_failure_fails_with_its_faults_and_no_others(suite: Path) -> None:
    _, shown = run(suite, "-k", "test_losing")
    replay = re.search(r"replay: pytest (.*)$", shown, re.MULTILINE)
    assert replay is not None
    assert "takes 2 of the faults of that run" in shown
    arguments = shlex.split(replay[1])
    assert arguments[1] == "--simulation-seed"
    code, again = run(suite, *arguments)
    assert code == 1
    assert "takes 2 of the faults of that run, 2 in number" in again
    assert replay[0] in again
    code, without = run(suite, *arguments[:-1], "")
    assert (code, "1 passed" in without) == (0, True)


def test_a_replay_judges_one_seed_and_not_what_should_happen_sometimes(suite: Path) -> None:
    code, shown = run(suite, "--simulation-seed", "3", "-k", "never_fire")
    assert (code, "1 passed" in shown) == (0, True)


def test_the_number_of_seeds_can_be_set_for_all(suite: Path) -> None:
    code, shown = run(suite, "--simulation-seeds", "2", "-k", "never_fire")
    assert (code, "never happened in 2 runs" in shown) == (1, True)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--simulation-seeds", "0"], "--simulation-seeds takes a number from 1, got 0"),
        (["--simulation-only", "abc"], "--simulation-only names faults of one seed; give --simulation-seed as well"),
    ],
)
def test_options_that_make_no_sense_are_refused(suite: Path, options: list[str], complaint: str) -> None:
    code, shown = run(suite, *options)
    assert (code, complaint in shown) == (4, True)
