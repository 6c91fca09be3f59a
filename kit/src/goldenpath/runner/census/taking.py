"""Taking the census: walk, read what has changed, apply the conventions, explain what is missing."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

from goldenpath.keeping import cache_folder, project_key
from goldenpath.runner.census.conventions import Conventions, load_conventions
from goldenpath.runner.census.facts import Module
from goldenpath.runner.census.inheritance import Family
from goldenpath.runner.census.inventory import Categorise, Inspector, used_names
from goldenpath.runner.census.reasons import explain, tests
from goldenpath.runner.census.shelf import Shelf, without_collector
from goldenpath.runner.census.walk import Walked, walk
from goldenpath.runner.seams import CensusEntry, Ghost

_TEST_FOLDERS: Final = frozenset({"test", "tests"})
_RUN_BY_OTHERS: Final = frozenset({"__init__.py", "__main__.py", "conftest.py", "setup.py"})


@dataclass(frozen=True)
class TakenCensus:
    """Every test of a tree as it stands in the files, without a line of it having been imported."""

    root: Path
    entries: Sequence[CensusEntry]
    ghosts: Sequence[Ghost]
    files: int = 0
    """Test files looked at."""
    parsed: int = 0
    """Of all files, how many had to be read because they were new or changed."""
    skipping: Mapping[str, str] = field(default_factory=dict)
    """Files with a statement that can skip all of it, and the statement."""
    notice: str = ""

    @cached_property
    def digest(self) -> str:
        """A hash of all entries: the same tree gives the same digest anywhere."""
        lines = sorted(f"{entry.stem}\t{entry.count}\t{','.join(sorted(entry.marks))}\n" for entry in self.entries)
        return sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()

    @property
    def promised(self) -> int:
        """How many tests pytest must collect at least; what cannot be counted counts as one."""
        return sum(entry.count or 1 for entry in self.entries)

    @property
    def exact(self) -> bool:
        """Whether all parametrisation could be counted."""
        return all(entry.count is not None for entry in self.entries)


def default_category(path: str, marks: Sequence[str]) -> str:
    """The category by the folder, where nobody said anything else."""
    folders = path.split("/")[:-1]
    return next((folder for folder in reversed(folders) if folder not in _TEST_FOLDERS), "")


def take_census(
    root: Path,
    paths: Sequence[Path] = (),
    *,
    categorise: Categorise = default_category,
    environ: Mapping[str, str] | None = None,
    keep: bool = True,
) -> TakenCensus:
    """The census of some paths of a project, or of what pytest would collect when nothing is named."""
    conventions = load_conventions(Path(os.path.commonpath([path.resolve() for path in paths])) if paths else root)
    root = conventions.root
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist, so there are no tests to count in it")
    kept = cache_folder(os.environ if environ is None else environ) / "census" / f"{project_key(root)}.json"
    shelf = Shelf(root, kept if keep else None, time.time_ns())
    with without_collector():
        census = _taken(conventions, [path.resolve() for path in paths], categorise, shelf)
    shelf.keep()
    return replace(census, notice=shelf.notice, parsed=shelf.parsed)


def _taken(conventions: Conventions, paths: Sequence[Path], categorise: Categorise, shelf: Shelf) -> TakenCensus:
    walked = walk(conventions, paths or [conventions.root])
    named = {os.path.relpath(path, conventions.root).replace(os.sep, "/") for path in paths if path.is_file()}
    modules: dict[str, Module] = {}
    beside: dict[str, Module] = {}
    folders = _test_folders(conventions, walked)
    for found in walked.files:
        if conventions.collects_file(found.path) or found.path in named:
            modules[found.path] = shelf.module(found, True)
        elif found.path.endswith("conftest.py") or found.path.rpartition("/")[0] in folders:
            beside[found.path] = shelf.module(found, found.path.endswith("conftest.py"))
    conftests = {path: module for path, module in beside.items() if path.rpartition("/")[2] == "conftest.py"}
    family = Family(conventions.root, shelf, {found.path: found for found in walked.files})
    used = used_names([*modules.values(), *beside.values()])
    inspector = Inspector(conventions, family, categorise, used, conftests)
    ignored = _collect_ignores(conftests)
    clashes = _clashes(conventions, walked, [path for path in modules if not conventions.ignores(path)])
    entries: list[CensusEntry] = []
    ghosts: list[Ghost] = []
    for path, module in modules.items():
        inventory = inspector.inspect(path, module)
        why = _left_out(conventions, path, bool(paths), ignored)
        if path in clashes and why is None:
            why = ("basename_clash", clashes[path])
        if why is None or module.problem:
            entries.extend(inventory.entries)
            ghosts.extend(inventory.ghosts)
        elif inventory.entries:
            name = _import_name(path, walked.packages)
            message = explain(why[0], detail=why[1], name=name, count=tests(inventory.promised))
            ghosts.append(Ghost(path, path, 1, why[0], message))
    ghosts.extend(_unmatched(conventions, inspector, beside, modules))
    return TakenCensus(
        root=conventions.root,
        entries=entries,
        ghosts=sorted(ghosts, key=lambda ghost: (ghost.path.split("/"), ghost.line)),
        files=len(modules),
        skipping={path: module.skips for path, module in modules.items() if module.skips},
    )


def _test_folders(conventions: Conventions, walked: Walked) -> set[str]:
    """Folders that belong to tests: called so, or with a test file in them."""
    found = set()
    for file in walked.files:
        folder = file.path.rpartition("/")[0]
        if folder not in found and (
            conventions.collects_file(file.path) or not _TEST_FOLDERS.isdisjoint(folder.split("/"))
        ):
            found.add(folder)
    return found


def _left_out(conventions: Conventions, path: str, named: bool, ignored: Mapping[str, str]) -> tuple[str, str] | None:
    if conventions.ignores(path):
        return "ignored", "--ignore"
    for prefix, conftest in ignored.items():
        if path == prefix or path.startswith(prefix + "/"):
            return "ignored", f"collect_ignore in {conftest}"
    below = [each.rstrip("/").removeprefix("./") for each in conventions.testpaths]
    if (
        below
        and not named
        and not any(each in {"", "."} or path.startswith(each + "/") or path == each for each in below)
    ):
        return "outside_testpaths", ", ".join(conventions.testpaths)
    return None


def _collect_ignores(conftests: Mapping[str, Module]) -> dict[str, str]:
    return {
        os.path.normpath(os.path.join(os.path.dirname(path), each)).replace(os.sep, "/"): path
        for path, module in conftests.items()
        for each in module.ignored
    }


def _clashes(conventions: Conventions, walked: Walked, paths: Sequence[str]) -> dict[str, str]:
    """Files that would be imported under a name that another file has already; pytest refuses all but the first."""
    if conventions.import_mode == "importlib":
        return {}
    first: dict[str, str] = {}
    return {
        path: first[name]
        for path in paths
        if first.setdefault(name := _import_name(path, walked.packages), path) != path
    }


def _import_name(path: str, packages: frozenset[str]) -> str:
    parts = [path.rpartition("/")[2].removesuffix(".py")]
    folder = path.rpartition("/")[0]
    while folder in packages and folder:
        parts.append(folder.rpartition("/")[2])
        folder = folder.rpartition("/")[0]
    return ".".join(reversed(parts))


def _unmatched(
    conventions: Conventions, inspector: Inspector, beside: Mapping[str, Module], modules: Mapping[str, Module]
) -> list[Ghost]:
    """Files among the tests whose names no pattern matches although tests stand in them, and that nobody imports."""
    imported = {part for module in (*modules.values(), *beside.values()) for _, origin in module.imported
                for part in origin.split(".")}  # fmt: skip
    ghosts = []
    for path, module in beside.items():
        name = path.rpartition("/")[2]
        if name in _RUN_BY_OTHERS or name.startswith("_") or name.removesuffix(".py") in imported:
            continue
        inventory = inspector.inspect(path, module)
        if inventory.entries:
            message = explain(
                "file_pattern", name=name, detail=", ".join(conventions.files), count=tests(inventory.promised),
                better=f"test_{name.removesuffix('.py').removeprefix('test').removesuffix('test').strip('_-')}.py",
            )  # fmt: skip
            ghosts.append(Ghost(path, path, 1, "file_pattern", message))
    return ghosts
