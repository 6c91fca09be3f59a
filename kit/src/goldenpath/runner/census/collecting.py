"""What pytest really collects: it is run, with a plugin that writes down what it found and what it could not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

REPORT_VARIABLE: Final = "GOLDENPATH_COLLECTION_REPORT"
_TELLING: Final = 2000
"""Characters of pytest's own output that are shown when it wrote no report."""


class CollectingFailed(RuntimeError):
    """pytest ended before it could say what it collected."""


@dataclass(frozen=True, slots=True)
class Collected:
    """The answer of pytest."""

    node_ids: tuple[str, ...] = ()
    deselected: tuple[str, ...] = ()
    failed: dict[str, str] = field(default_factory=dict)
    """Files, classes and folders that could not be collected, and why."""
    skipped: dict[str, str] = field(default_factory=dict)


def collect(root: Path, paths: Sequence[Path] = (), arguments: Sequence[str] = ()) -> Collected:
    """Run `pytest --collect-only` in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="goldenpath-collect-") as scratch:
        report = Path(scratch) / "report.json"
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", __name__, *arguments]
        answer = subprocess.run(
            [*command, *(str(path.resolve()) for path in paths)],
            cwd=root,
            env={**os.environ, REPORT_VARIABLE: str(report)},
            capture_output=True,
            text=True,
            check=False,
        )
        if not report.exists():
            said = (answer.stdout + answer.stderr)[-_TELLING:].strip()
            raise CollectingFailed(f"pytest ended with {answer.returncode} before it had collected anything:\n{said}")
        content = json.loads(report.read_text(encoding="utf-8"))
    return Collected(tuple(content["node_ids"]), tuple(content["deselected"]), content["failed"], content["skipped"])


class CollectionReporter:
    """The plugin inside of that process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._content: dict[str, Any] = {"node_ids": [], "deselected": [], "failed": {}, "skipped": {}}

    def pytest_collectreport(self, report: Any) -> None:
        """Keep the last line of what went wrong."""
        if report.failed:
            self._content["failed"][report.nodeid] = _gist(report.longrepr)
        elif report.skipped:
            self._content["skipped"][report.nodeid] = _gist(report.longrepr)

    def pytest_deselected(self, items: Sequence[Any]) -> None:
        """Tests that options or plugins take out again."""
        self._content["deselected"].extend(item.nodeid for item in items)

    def pytest_sessionfinish(self, session: Any) -> None:
        """Write it all down, also after errors."""
        self._content["node_ids"] = [item.nodeid for item in session.items]
        self._path.write_text(json.dumps(self._content), encoding="utf-8")


def pytest_configure(config: Any) -> None:
    """Begin to report, in the process that was started for it."""
    path = os.environ.get(REPORT_VARIABLE)
    if path:
        config.pluginmanager.register(CollectionReporter(Path(path)), "goldenpath-collection-reporter")


def _gist(representation: Any) -> str:
    """The line that says most: the error itself, without the way to it."""
    if isinstance(representation, tuple):
        return str(representation[2])
    lines = [line.strip() for line in str(representation).splitlines() if line.strip()]
    errors = [line.removeprefix("E").strip() for line in lines if line.startswith("E ")]
    return (errors or lines or ["no reason given"])[-1]
