"""Every Python file below a root, with its time and size: one directory listing per folder, each real folder once."""

from __future__ import annotations

import os
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, NamedTuple

from goldenpath.audit.config import DEFAULT_EXCLUDES, Config

DATA_FOLDERS: Final = frozenset(
    {
        "data",
        "testdata",
        "test_data",
        "test-data",
        "resources",
        "corpus",
        "snapshots",
        "__snapshots__",
        "golden",
        "samples",
        "cassettes",
    }
)
"""Folders below a test tree whose Python files are inputs of tests, often broken on purpose."""
_TEST_FOLDERS: Final = frozenset({"tests", "test", "testing"})


class Found(NamedTuple):
    """One file as the listing saw it."""

    path: str
    modified: int
    size: int


class Listing(NamedTuple):
    """What a walk over the project saw."""

    files: list[Found]
    data_files: int
    """Python files in data folders of test trees, which are not judged."""
    unreadable: list[str]


def discover(config: Config) -> Listing:
    """Every Python file of the project, sorted by path."""
    files: list[Found] = []
    unreadable: list[str] = []
    data_files = 0
    seen: set[tuple[int, int]] = set()
    excluded = frozenset(DEFAULT_EXCLUDES)
    patterns = config.exclude
    todo: list[tuple[str, str, bool, bool]] = [(str(config.root), "", False, False)]
    while todo:
        folder, prefix, in_tests, in_data = todo.pop()
        try:
            entries = list(os.scandir(folder))
            here = os.stat(folder)
        except OSError:
            unreadable.append(prefix.rstrip("/"))
            continue
        if (here.st_dev, here.st_ino) in seen:
            continue
        seen.add((here.st_dev, here.st_ino))
        if any(entry.name == "pyvenv.cfg" for entry in entries) and prefix:
            continue
        for entry in entries:
            name = entry.name
            path = prefix + name
            if name.endswith((".py", ".pyw")):
                if patterns and _matches(path, patterns):
                    continue
                try:
                    if not entry.is_file():
                        continue
                    if in_data:
                        data_files += 1
                        continue
                    status = entry.stat()
                except OSError:
                    unreadable.append(path)
                    continue
                files.append(Found(path, status.st_mtime_ns, status.st_size))
            elif (
                not name.startswith(".") and name not in excluded and not name.endswith(".egg-info") and entry.is_dir()
            ):
                if patterns and _matches(path, patterns):
                    continue
                tests = in_tests or name in _TEST_FOLDERS
                data = in_data or (
                    in_tests and name in DATA_FOLDERS and not (Path(folder) / name / "__init__.py").exists()
                )
                todo.append((entry.path, path + "/", tests, data))
    files.sort()
    return Listing(files, data_files, sorted(unreadable))


def _matches(path: str, patterns: tuple[str, ...]) -> bool:
    return any(
        fnmatch(path, pattern) or path == pattern.rstrip("/") or path.startswith(pattern.rstrip("/") + "/")
        for pattern in patterns
    )
