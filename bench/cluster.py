"""A run on two machines of a Dask scheduler against the same run on two workers of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from _measuring import publish, seconds

CLAIM = "cluster_overhead_ratio: two machines of a cluster against two local workers, whole runs"
TESTS = 700
ROUNDS = 3
SUITE = f"""
import time
import pytest

@pytest.mark.parametrize("number", range({TESTS}))
def test_it(number):
    time.sleep(0.02 + 0.2 * (number % 10 == 0) + 1.5 * (number % 100 == 50))
    assert number >= 0
"""


@contextmanager
def machines(number: int, environ: Mapping[str, str]) -> Iterator[str]:
    """The address of a scheduler that so many machines have joined."""
    started: list[subprocess.Popen[str]] = []

    def start(ready: str, *command: str) -> str:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--no-dashboard", "--host", "127.0.0.1"],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env=dict(environ),
        )
        started.append(process)
        assert process.stderr is not None
        for line in process.stderr:
            if ready in line:
                return line.split()[-1]
        raise RuntimeError(f"{command[0]} ended before it was ready")

    try:
        url = start("Scheduler at:", "distributed.cli.dask_scheduler", "--port", "0")
        for _ in range(number):
            start("Registered to:", "distributed.cli.dask_worker", url, "--nthreads", "1", "--no-nanny")
        yield url
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def measure() -> Mapping[str, object]:
    """Whole runs in turn; both have the history of the one before."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "project"
        root.mkdir()
        (root / "pytest.ini").write_text("[pytest]\n")
        (root / "test_sleeping.py").write_text(SUITE)
        environ = {**os.environ, "GOLDENPATH_CACHE_DIR": str(Path(scratch) / "cache"), "TMPDIR": scratch}

        def run(*options: str) -> float:
            command = [sys.executable, "-m", "goldenpath", "run", *options]

            def once() -> None:
                answer = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)
                if answer.returncode or f"{TESTS} passed" not in answer.stdout:
                    raise RuntimeError(f"{command} ended with {answer.returncode}: {answer.stdout}{answer.stderr}")

            return seconds(once)

        with machines(2, environ) as url:
            run("--workers", "2")
            run("--cluster", url)
            pairs = [(run("--workers", "2"), run("--cluster", url)) for _ in range(ROUNDS)]
    local, cluster = (median(column) for column in zip(*pairs, strict=True))
    return {"tests": TESTS, "local_2_s": local, "cluster_2_s": cluster, "cluster_overhead_ratio": cluster / local}


if __name__ == "__main__":
    publish(CLAIM, measure)
