"""Every Python file that pytest might look at, in the order in which it would."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from goldenpath.runner.census.conventions import Conventions


class Found(NamedTuple):
    """A file, with what tells whether it has changed."""

    path: str
    """Relative to the project, with slashes."""
    modified: int
    size: int


class Walked(NamedTuple):
    """What a walk saw."""

    files: list[Found]
    packages: frozenset[str]
    """Folders with an `__init__.py`."""
    unreadable: list[str]


def walk(conventions: Conventions, starts: Iterable[Path]) -> Walked:
    """All Python files at or below some paths; hidden folders and what is never recursed into are left out."""
    root = str(conventions.root)
    files: dict[str, Found] = {}
    packages: set[str] = set()
    unreadable: list[str] = []
    todo: list[str] = []
    for start in starts:
        path = os.path.relpath(start, root).replace(os.sep, "/")
        if start.is_file():
            status = start.stat()
            files[path] = Found(path, status.st_mtime_ns, status.st_size)
            packages.update(_packages_above(root, os.path.dirname(path)))
        else:
            todo.append("" if path == "." else path)
            packages.update(_packages_above(root, path))
    seen: set[tuple[int, int]] = set()
    while todo:
        folder = todo.pop()
        try:
            with os.scandir(os.path.join(root, folder)) as listing:
                entries = list(listing)
            status = os.stat(os.path.join(root, folder))
        except OSError:
            unreadable.append(folder)
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        prefix = folder + "/" if folder else ""
        for entry in entries:
            path = prefix + entry.name
            if entry.name.endswith(".py"):
                if entry.name == "__init__.py":
                    packages.add(folder)
                if entry.is_file():
                    status = entry.stat()
                    files[path] = Found(path, status.st_mtime_ns, status.st_size)
            elif (
                entry.is_dir()
                and entry.name != "__pycache__"
                and conventions.enters(path)
                and not os.path.exists(os.path.join(entry.path, "pyvenv.cfg"))
            ):
                todo.append(path)
    ordered = sorted(files.values(), key=lambda found: found.path.split("/"))
    return Walked(ordered, frozenset(packages), sorted(unreadable))


def _packages_above(root: str, folder: str) -> Sequence[str]:
    found = []
    while folder and os.path.exists(os.path.join(root, folder, "__init__.py")):
        found.append(folder)
        folder = os.path.dirname(folder)
    return found
