"""Which file is a test, which a helper of tests, which tier and service it belongs to: by convention and config."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final

from goldenpath.audit.config import Config

_TEST_FOLDER: Final = re.compile(
    r"^(tests|unit_?tests?|integration_?tests?|e2e(_tests?)?|end_to_end|functional_?tests?|tests?_\w+|\w+_tests)$"
)
_EXAMPLES: Final = frozenset({"doc", "docs", "example", "examples"})
_EXAMPLE_FOLDER: Final = re.compile(r"^(examples?_\w+|\w+_examples?)$")
"""Folders of examples show what tests look like; they are not the project's tests."""
_BROKEN: Final = re.compile(r"bad|broken|invalid|malformed|syntax|error|corrupt", re.IGNORECASE)
_INFRASTRUCTURE: Final = frozenset(
    {
        "testing", "_testing", "mocks", "mock", "fakes", "stubs", "fixtures", "pytest_plugin", "plugin", "doubles",
        "examples", "docs", "bench", "benchmarks", "scripts", "tools",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Place:
    """What a file is, by where it stands and how it is called."""

    kind: str
    """test (collected), support (in a test tree, not collected), conftest, or production."""
    tier: str = ""
    service: str = ""
    broken_on_purpose: bool = False
    """An input of tests, by its name: bad_syntax.py, invalid_utf8.py."""
    infrastructure: bool = False
    """Production code whose purpose is testing, or which is no production code at all: examples, docs, tools."""

    @property
    def in_tests(self) -> bool:
        """Whether it belongs to the tests."""
        return self.kind != "production"


class Layout:
    """The places of all files of a project."""

    def __init__(self, config: Config, paths: Iterable[str]) -> None:
        self._config = config
        functions = config.collection.functions
        self._function_prefixes = tuple(pattern for pattern in functions if not set(pattern) & set("*?["))
        self._function_patterns = tuple(pattern for pattern in functions if set(pattern) & set("*?["))
        paths = list(paths)
        self._singular = _folders_with_tests(paths, config.collection.files)
        self._tiers = {name: tier for tier, names in config.tiers.items() for name in names}
        self.services = dict(config.services) or _services(paths)
        self._toolkits = _toolkits(config, paths)

    def place(self, path: str) -> Place:
        """What one file is."""
        folders = path.split("/")
        name = folders.pop()
        in_tests = self._in_tests(path, folders, name)
        tier = (
            next((self._tiers[folder] for folder in reversed(folders) if folder in self._tiers), "") if in_tests else ""
        )
        service = next(
            (service for service, prefix in self.services.items() if path.startswith(prefix.rstrip("/") + "/")), ""
        )
        if not in_tests:
            infrastructure = (
                not _INFRASTRUCTURE.isdisjoint(folders) or name.removesuffix(".py").lstrip("_") in _INFRASTRUCTURE
            )
            return Place(
                "production",
                "",
                service,
                infrastructure=infrastructure
                or any("test" in folder for folder in folders)
                or "test" in name
                or "mock" in path,
            )
        if name == "conftest.py":
            return Place("conftest", tier, service)
        if self.collects(path):
            return Place("test", tier, service)
        return Place("support", tier, service, broken_on_purpose=_BROKEN.search(path) is not None)

    def collects(self, path: str) -> bool:
        """Whether the runner's file patterns match a path."""
        name = path.rpartition("/")[2]
        return any(fnmatch(path if "/" in pattern else name, pattern) for pattern in self._config.collection.files)

    def ships_test_tools(self, path: str) -> bool:
        """Whether a file belongs to a distribution that registers a pytest plugin: test tools are what it is for."""
        return path.startswith(self._toolkits)

    @property
    def class_patterns(self) -> tuple[str, ...]:
        """What the runner wants plain test classes to be called."""
        return self._config.collection.classes

    def collects_class(self, name: str) -> bool:
        """Whether the runner collects plain classes of this name."""
        return _named(name, self._config.collection.classes)

    def collects_function(self, name: str) -> bool:
        """Whether the runner collects functions of this name."""
        return name.startswith(self._function_prefixes) or _named(name, self._function_patterns)

    def _in_tests(self, path: str, folders: list[str], name: str) -> bool:
        if any(path.startswith(prefix.rstrip("/") + "/") for prefix in self._config.tests):
            return True
        if folders and (folders[0] in _EXAMPLES or any(_EXAMPLE_FOLDER.match(folder) for folder in folders)):
            return False
        if name == "conftest.py" or fnmatch(name, "test_*.py") or name.endswith("_test.py"):
            return True
        for depth, folder in enumerate(folders, 1):
            if _TEST_FOLDER.match(folder) or (folder == "test" and "/".join(folders[:depth]) in self._singular):
                return True
        return False


def _named(name: str, patterns: Iterable[str]) -> bool:
    return any(
        name.startswith(pattern) if not set(pattern) & set("*?[") else fnmatch(name, pattern) for pattern in patterns
    )


def _toolkits(config: Config, paths: list[str]) -> tuple[str, ...]:
    """The folders of such distributions: the root, or one of its own folders."""
    folders = {"", *(path.partition("/")[0] + "/" for path in paths if "/" in path)}
    return tuple(folder for folder in sorted(folders) if _registers_plugin(config.root / folder))


def _registers_plugin(folder: Path) -> bool:
    for name in ("pyproject.toml", "setup.cfg", "setup.py"):
        try:
            if b"pytest11" in (folder / name).read_bytes():
                return True
        except OSError:
            continue
    return False


def _folders_with_tests(paths: list[str], patterns: tuple[str, ...]) -> set[str]:
    """The folders called `test` that hold test files; others are packages that happen to have that name."""
    found: set[str] = set()
    for path in paths:
        if "test/" not in path:
            continue
        folders = path.split("/")
        name = folders.pop()
        if fnmatch(name, "test_*.py") or any(fnmatch(name, pattern) for pattern in patterns):
            found.update(
                "/".join(folders[:depth]) for depth in range(1, len(folders) + 1) if folders[depth - 1] == "test"
            )
    return found


def _services(paths: list[str]) -> dict[str, str]:
    """The folders below `services/`, when the repository keeps its services there."""
    found = {path.split("/")[1] for path in paths if path.startswith("services/") and path.count("/") > 1}
    return {name: f"services/{name}" for name in sorted(found)} if len(found) > 1 else {}
