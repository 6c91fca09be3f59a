"""Projects made up for one test, and the command run in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from goldenpath.cli import main


@dataclass(frozen=True)
class Answer:
    """What the command said."""

    code: int
    cause: str
    message: str
    record: Mapping[str, Any]
    """The record as JSON; empty where there was no run."""
    err: str

    @property
    def outcomes(self) -> dict[str, str]:
        """By node id."""
        return {row["node_id"]: row["outcome"] for row in self.record["results"]}

    @property
    def not_run(self) -> dict[str, str]:
        """By node id, the reason."""
        return {row["node_id"]: row["reason"] for row in self.record["not_run"]}


@dataclass(frozen=True)
class Project:
    """A project on disk."""

    root: Path
    call: Callable[..., int]
    capsys: pytest.CaptureFixture[str]

    def write(self, files: Mapping[str, str]) -> Project:
        """Add files."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return self

    def run(self, *arguments: str) -> Answer:
        """`goldenpath run`, its record read back."""
        report = self.root / "record.json"
        report.unlink(missing_ok=True)
        self.capsys.readouterr()
        before, dashes, after = _split(arguments)
        try:
            code = self.call(["run", "--progress", "plain", "--json", str(report), *before, *dashes, *after])
        except SystemExit as error:
            code = int(str(error.code))
        err = self.capsys.readouterr().err
        record = json.loads(report.read_text()) if report.exists() else {}
        verdict = record.get("verdict", {"cause": "usage", "message": err})
        message = "; ".join([verdict["message"], *verdict.get("also", ())])
        return Answer(code, verdict["cause"], message, record, err)

    def evidence(self, *arguments: str) -> tuple[int, str]:
        """`goldenpath evidence`, and what it said."""
        self.capsys.readouterr()
        code = self.call(["evidence", *arguments])
        said = self.capsys.readouterr()
        return code, said.out + said.err

    def latest(self) -> Path:
        """The file of the last evidence."""
        return max((self.root / ".goldenpath/evidence").glob("*.jsonl"), key=lambda path: path.stat().st_mtime_ns)


def _split(arguments: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    if "--" not in arguments:
        return arguments, (), ()
    place = arguments.index("--")
    return arguments[:place], ("--",), arguments[place + 1 :]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Project:
    """An empty project that is the current folder, with a history of its own and a pytest without plugins."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").touch()
    monkeypatch.chdir(root)
    monkeypatch.setenv("GOLDENPATH_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_TESTRUNUID", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    return Project(root, main, capsys)
