"""The runner: its overhead, and its workers against one process, against pytest-xdist and against the ideal."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from _measuring import publish, taking_turns
from census import measure as census
from cluster import measure as cluster

TRIVIAL = 5_000
PER_FILE = 100
SLEEPING = 200
LONGEST = 5.0
SHAPE = 1.3355
"""Of the distribution that the sleeps are drawn from: with it they come to 37.9 seconds."""
SEED = 7
ROUNDS = 5
LONG = 0.5
SLEEPER = """
from threading import Event
import pytest

@pytest.mark.parametrize("seconds", {seconds})
def test_sleeps(seconds):
    Event().wait(seconds)
"""


Arrangement = Callable[[Sequence[float]], dict[str, str]]


def environment(folder: Path) -> dict[str, str]:
    """Both sides without the plugins that happen to be installed here, and with a history of this project alone."""
    return {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "GOLDENPATH_CACHE_DIR": str(folder / "cache")}


def took(folder: Path, *command: str) -> float:
    """Seconds of a run that must be green."""
    began = perf_counter()
    answer = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = perf_counter() - began
    if answer.returncode:
        raise SystemExit(
            f"{' '.join(command)} ended with {answer.returncode}:\n{answer.stdout[-2000:]}{answer.stderr[-2000:]}"
        )
    return seconds


def bare(folder: Path, *more: str) -> Callable[[], float]:
    """pytest alone."""
    return lambda: took(folder, "pytest", "-q", "-p", "no:cacheprovider", *more)


def xdist(folder: Path, workers: int, *more: str) -> Callable[[], float]:
    """pytest with pytest-xdist."""
    return bare(folder, "-p", "xdist.plugin", "-n", str(workers), *more)


def ours(folder: Path, workers: int) -> Callable[[], float]:
    """`goldenpath run`."""
    return lambda: took(
        folder, "goldenpath", "run", "--progress", "plain", "-n", str(workers), "--", "-p", "no:cacheprovider"
    )


@contextmanager
def project(files: Mapping[str, str]) -> Iterator[Path]:
    """A project that is gone afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pyproject.toml").touch()
        for path, text in files.items():
            (folder / path).write_text(text)
        yield folder


def trivial(tests: int) -> dict[str, str]:
    """Tests that do next to nothing."""
    return {
        f"test_file_{file}.py": "".join(f"def test_{n}():\n    assert {n} == {n}\n\n" for n in range(PER_FILE))
        for file in range(tests // PER_FILE)
    }


def tail() -> list[float]:
    """Sleeps with a heavy tail, in the same order in every run: quantiles of a Pareto distribution."""
    sleeps = [round(LONGEST / (2 * rank + 1) ** (1 / SHAPE), 4) for rank in range(SLEEPING)]
    random.Random(SEED).shuffle(sleeps)
    return sleeps


def rising(sleeps: Sequence[float]) -> dict[str, str]:
    """The quickest first, as suites are put in order so that a failure is seen early."""
    return scattered(sorted(sleeps))


def apart(sleeps: Sequence[float]) -> dict[str, str]:
    """The long ones in a file of their own."""
    sides = {"test_quick.py": [s for s in sleeps if s <= LONG], "test_slow.py": [s for s in sleeps if s > LONG]}
    return {name: SLEEPER.format(seconds=side) for name, side in sides.items()}


def scattered(sleeps: Sequence[float]) -> dict[str, str]:
    """The long ones anywhere among the short ones."""
    return {"test_tail.py": SLEEPER.format(seconds=list(sleeps))}


def overhead() -> dict[str, float]:
    """One test."""
    with project({"test_one.py": "def test_one():\n    assert True\n"}) as folder:
        alone, with_us = taking_turns(bare(folder), ours(folder, 1), rounds=2 * ROUNDS + 1)
    return {"overhead_one_test_s": with_us - alone, "one_test_bare_s": alone, "one_test_ours_s": with_us}


def many(tests: int = TRIVIAL, rounds: int = ROUNDS) -> dict[str, float]:
    """Thousands of trivial tests."""
    with project(trivial(tests)) as folder:
        serial, two, theirs = taking_turns(bare(folder), ours(folder, 2), xdist(folder, 2), rounds=rounds)
    return {
        "parallel_5000_vs_serial": two / serial,
        "vs_xdist_5000": theirs / two,
        "serial_5000_s": serial,
        "ours_5000_s": two,
        "xdist_5000_s": theirs,
    }


def heavy_tail(name: str, arranged: Arrangement, workers: int, rounds: int = 3) -> dict[str, float]:
    """A few long tests beside many short ones, against what the sleeps alone allow and against xdist's best way."""
    sleeps = tail()
    ideal = max(sum(sleeps) / workers, max(sleeps))
    with project(arranged(sleeps)) as folder:
        ways = [xdist(folder, workers, "--dist", way) for way in ("load", "worksteal")]
        we, *they = taking_turns(ours(folder, workers), *ways, rounds=rounds)
    best = min(they)
    return {
        f"{name}_{workers}_vs_ideal": we / ideal,
        f"{name}_{workers}_vs_best_xdist": best / we,
        f"{name}_{workers}_ideal_s": ideal,
        f"{name}_{workers}_ours_s": we,
        f"{name}_{workers}_xdist_s": best,
    }


def tails() -> dict[str, float]:
    """Three arrangements of the same sleeps on four and on eight workers."""
    figures: dict[str, float] = {}
    for workers in (4, 8):
        figures |= heavy_tail("heavy_tail", rising, workers)
        figures |= heavy_tail("tail_apart", apart, workers, rounds=1)
        figures |= heavy_tail("scattered_tail", scattered, workers, rounds=1)
    return figures


def memory(tests: int = 20_000) -> dict[str, float]:
    """The process that judges, after 20,000 tests."""
    script = (
        "import resource, sys; from goldenpath.cli import main; code = main(sys.argv[1:]); "
        "print('PEAK', resource.getrusage(resource.RUSAGE_SELF).ru_maxrss); sys.exit(code)"
    )
    with project(trivial(tests)) as folder:
        answer = subprocess.run(
            [sys.executable, "-c", script, "run", "--progress", "plain", "-n", "2", "--html", "report.html"],
            cwd=folder, env=environment(folder), capture_output=True, text=True, check=True,
        )  # fmt: skip
        size = (folder / "report.html").stat().st_size
    peak = int(answer.stdout.rpartition("PEAK ")[2])
    return {"peak_20000_mb": peak / 1024, "report_20000_mb": size / 1e6}


def measure() -> dict[str, object]:
    """Everything."""
    figures: dict[str, object] = {}
    for part in (overhead, many, tails, census, cluster, memory):
        figures.update(part())
    return figures


if __name__ == "__main__":
    publish("The runner against pytest, pytest-xdist and the ideal", measure)
