"""What the plugin costs a run of trivial tests, against bare pytest, and what starting it costs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from _measuring import publish, seconds, taking_turns

from goldenpath.plugin import pytest_plugins

TESTS = 5_000
FILES = 50
ROUNDS = 5
BARE = ("-p", "no:goldenpath")
QUIET = ("-q", "-p", "no:cacheprovider")
OTHERS = ("asyncio", "anyio", "xdist", "xdist.looponfail", "hypothesispytest")
"""Plugins that happen to be installed: without them the ratio is of this plugin and pytest alone, which is harder."""


def suite(folder: Path) -> None:
    """Write trivial tests: one assertion each."""
    for file in range(FILES):
        body = "".join(f"def test_{number}():\n    assert {number} >= 0\n\n" for number in range(TESTS // FILES))
        (folder / f"test_{file}.py").write_text(body)


def running(folder: Path, *options: str) -> Callable[[], float]:
    """A whole run of pytest, in a process of its own."""
    command = [sys.executable, "-m", "pytest", *QUIET, *(f"-pno:{name}" for name in OTHERS), *options]

    def run() -> float:
        return seconds(lambda: subprocess.run(command, cwd=folder, check=True, capture_output=True))

    return run


def importing(module: str) -> Callable[[], float]:
    """The import of a module where pytest is there already, as it is when plugins are loaded."""
    program = f"import pytest, time; start = time.perf_counter(); import {module}; print(time.perf_counter() - start)"

    def run() -> float:
        answer = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        return float(answer.stdout)

    return run


def measure(rounds: int = ROUNDS) -> Mapping[str, object]:
    """Both sides in turn; the ratio is of whole runs, start-up included."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        suite(folder)
        with_plugin, bare = taking_turns(running(folder), running(folder, *BARE), rounds=rounds)
    (import_s,) = taking_turns(importing(", ".join(pytest_plugins)), rounds=rounds)
    return {
        "overhead_ratio": with_plugin / bare,
        "overhead_us_per_test": (with_plugin - bare) / TESTS * 1e6,
        "with_plugin_s": with_plugin,
        "bare_s": bare,
        "tests": TESTS,
        "import_ms": import_s * 1e3,
    }


if __name__ == "__main__":
    publish("The plugin's cost on 5,000 trivial tests", measure)
