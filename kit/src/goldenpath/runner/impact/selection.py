"""From changed files to the tests they can touch; where nobody can know, the test runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from goldenpath.runner.census import load_conventions
from goldenpath.runner.census.walk import walk
from goldenpath.runner.impact.changes import changed_files
from goldenpath.runner.impact.graph import ImportGraph

EVERYTHING: Final = (
    "pyproject.toml", "pytest.ini", "pytest.toml", ".pytest.ini", ".pytest.toml", "setup.cfg", "setup.py", "tox.ini",
    "requirements*.txt", "constraints*.txt", "*.lock", ".python-version",
)  # fmt: skip
"""Files whose change can change any test."""
NOTHING: Final = ("*.md", "*.rst", "LICENSE*", ".gitignore", ".gitattributes", "CODEOWNERS", ".editorconfig")
"""Files whose change is taken to change no test, unless Python files stand beside or above them."""


@dataclass(frozen=True)
class Impact:
    """What a change touches, and what it does not."""

    revision: str
    changed: Sequence[str]
    selected: Mapping[str, str]
    """Test files to run, and why."""
    left_out: Sequence[str]
    """Test files that reach nothing that changed."""
    disregarded: Sequence[str]
    """Changed files that are taken to touch no test."""

    def summary(self) -> str:
        """In one sentence, what was left out."""
        total = len(self.selected) + len(self.left_out)
        text = (
            f"{len(self.changed)} files changed since {self.revision}: {len(self.selected)} of {total} test files "
            f"can be touched, {len(self.left_out)} are left out"
        )
        if self.disregarded:
            text += f"; taken to touch no test: {', '.join(self.disregarded[:5])}"
            text += f" and {len(self.disregarded) - 5} more" if len(self.disregarded) > 5 else ""
        return text


def select_changed(root: Path, revision: str, test_files: Iterable[str]) -> Impact:
    """The test files that what changed since a revision can touch."""
    return select(root, revision, changed_files(root, revision), list(test_files))


def select(root: Path, revision: str, changed: Sequence[str], test_files: Sequence[str]) -> Impact:
    """The same, of changes that are known already."""
    walked = walk(load_conventions(root), [root])
    folders = {found.path.rpartition("/")[0] for found in walked.files}
    disregarded = [path for path in changed if _matches(path, NOTHING) and not _owner(path, folders)]
    effective = [path for path in changed if path not in disregarded]
    decisive = next((path for path in effective if _matches(path, EVERYTHING)), None)
    if decisive is not None:
        everything = dict.fromkeys(test_files, f"{decisive} changed, which can change any test")
        return Impact(revision, changed, everything, (), disregarded)
    graph = ImportGraph(
        root, [found.path for found in walked.files] + [path for path in changed if path.endswith(".py")]
    )
    data = {path: _owner(path, folders) for path in effective if not path.endswith(".py")}
    modules = {path for path in effective if path.endswith(".py")}
    chosen = {path: _why(path, graph, modules, data) for path in test_files}
    return Impact(
        revision,
        changed,
        {path: why for path, why in chosen.items() if why},
        [path for path, why in chosen.items() if not why],
        disregarded,
    )


def _why(path: str, graph: ImportGraph, modules: set[str], data: Mapping[str, str]) -> str:
    """Why a test file is to run; nothing when it reaches nothing that changed."""
    if not modules and not data:
        return ""
    if path in modules:
        return "it changed itself"
    ways = graph.ways(path)
    touched = [each for each in ways if each in modules]
    if touched:
        return f"it reaches {touched[0]}, which changed{_through(ways, touched[0])}"
    for each, folder in data.items():
        if not folder:
            return f"{each} changed, and nobody can tell who reads it"
        beside = next((file for file in ways if (file.rpartition("/")[0] + "/").startswith(folder)), None)
        if beside is not None:
            return f"it reaches {beside}, beside which {each} changed"
    for each in ways:
        if each == path or each.endswith("conftest.py"):
            unknown = graph.reach(each).unknown
            if unknown:
                return f"nobody can tell what it reaches: {unknown}" + (f" in {each}" if each != path else "")
    return ""


def _through(ways: Mapping[str, str], target: str) -> str:
    steps = []
    before = ways[target]
    while before and ways.get(before):
        steps.append(before)
        before = ways[before]
    return f" (through {', '.join(reversed(steps))})" if steps else ""


def _owner(path: str, folders: set[str]) -> str:
    """The nearest folder upwards that holds Python files: they are taken to read a file that is none."""
    folder = path.rpartition("/")[0]
    while folder and folder not in folders:
        folder = folder.rpartition("/")[0]
    return f"{folder}/" if folder else ""


def _matches(path: str, patterns: Sequence[str]) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatch(name, pattern) for pattern in patterns)
