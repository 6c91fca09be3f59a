"""Runs the tests of a mutant against a copy of the tree in which it is planted."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final, Literal

from _planted import ROOT, Edit, Mutant, Refused

TIMEOUT: Final = 180.0
"""Seconds for the tests of one mutant; a hang is told apart from a failure."""
COPIED: Final = ("kit", "backend", "bench", "conftest.py", "pyproject.toml")
PACKAGES: Final = {"goldenpath": "kit/src", "agent_backend": "backend/src"}
_LEFT_OUT: Final = shutil.ignore_patterns("*-pytest-*.pyc", "*.pyc.*", ".pytest_cache", ".goldenpath")
"""Compiled modules spare each run their compilation; those that are just being written may be gone the next moment."""
_WHERE: Final = f"import importlib.util as u; print(*(u.find_spec(name).origin for name in {list(PACKAGES)}))"
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) ([^\s\[]+)", re.MULTILINE)

Fate = Literal["killed", "survived", "timed out"]


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant."""

    mutant: Mutant
    fate: Fate
    killed_by: str
    seconds: float


@contextmanager
def copied(edits: Sequence[Edit] = ()) -> Iterator[Path]:
    """A copy of the tree with these edits, and proof that it is the one that gets imported."""
    with tempfile.TemporaryDirectory(prefix="goldenpath-mutant-", ignore_cleanup_errors=True) as folder:
        root = Path(folder).resolve()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=_LEFT_OUT)
            else:
                shutil.copy2(source, root / name)
        for edit in edits:
            edit.apply(root)
        _require_imported_from(root)
        yield root


def outcome_of(mutant: Mutant, timeout: float = TIMEOUT) -> Outcome:
    """Plant it, run the tests that should notice, and say whether one did."""
    began = monotonic()
    with copied(mutant.edits) as root:
        code, said = _run_tests(root, mutant.tests, timeout)
    fate: Fate = "timed out" if code is None else "survived" if code == 0 else "killed"
    failed = _FAILED.search(said)
    if fate == "killed" and (code != 1 or failed is None):
        raise Refused(f"{mutant.id}: no test failed, pytest itself did (exit code {code}):\n{said[-2000:]}")
    return Outcome(mutant, fate, failed[1] if failed else "", monotonic() - began)


def require_sound(tests: Sequence[str], timeout: float = TIMEOUT * 4) -> None:
    """Raise Refused unless these tests pass on a copy in which nothing is planted: else a failure would say nothing."""
    with copied() as root:
        code, said = _run_tests(root, tests, timeout)
    if code != 0:
        raise Refused(f"without any mutant the tests do not pass (exit code {code}):\n{said[-4000:]}")


def _run_tests(root: Path, tests: Sequence[str], timeout: float) -> tuple[int | None, str]:
    """The exit code and what was printed; None when the time was over."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "-p", "no:cacheprovider", "--tb=line", *tests]
    with subprocess.Popen(
        command,
        cwd=root,
        env=_environ(root),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
            return None, said
    return process.returncode, said


def _environ(root: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    return inherited | {"PYTHONPATH": os.pathsep.join(str(root / place) for place in PACKAGES.values())}


def _require_imported_from(root: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-c", _WHERE], cwd=root, env=_environ(root), capture_output=True, text=True, check=True
    ).stdout.split()
    expected = [str(root / place / name / "__init__.py") for name, place in PACKAGES.items()]
    if told != expected:
        raise Refused(f"the copy is not what would be imported: {told}")
