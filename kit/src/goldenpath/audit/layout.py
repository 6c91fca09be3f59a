"""Which file is a test, which a helper of tests, which tier and service it belongs to: by convention and config."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Final, NamedTuple

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


class _Ground(NamedTuple):
    """What the files of one folder have in common."""

    tests: bool
    examples: bool
    tier: str
    service: str
    infrastructure: bool


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
        self._grounds: dict[str, _Ground] = {}

    def place(self, path: str) -> Place:
        """What one file is."""
        folder, _, name = path.rpartition("/")
        ground = self._grounds.get(folder)
        if ground is None:
            ground = self._grounds[folder] = self._ground(folder)
        if not (ground.tests or (name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py")):
            odd = name.removesuffix(".py").lstrip("_") in _INFRASTRUCTURE or "test" in path or "mock" in path
            return Place("production", "", ground.service, infrastructure=ground.infrastructure or odd)
        if ground.examples:
            return Place("production", "", ground.service, infrastructure=True)
        if name == "conftest.py":
            return Place("conftest", ground.tier, ground.service)
        if self.collects(path):
            return Place("test", ground.tier, ground.service)
        return Place("support", ground.tier, ground.service, broken_on_purpose=_BROKEN.search(path) is not None)

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

    def _ground(self, folder: str) -> _Ground:
        folders = folder.split("/") if folder else []
        configured = any(f"{folder}/".startswith(prefix.rstrip("/") + "/") for prefix in self._config.tests)
        shows = bool(folders) and (folders[0] in _EXAMPLES or any(map(_EXAMPLE_FOLDER.match, folders)))
        return _Ground(
            tests=configured or any(self._is_tests(folders[: depth + 1]) for depth in range(len(folders))),
            examples=shows and not configured,
            tier=next((self._tiers[name] for name in reversed(folders) if name in self._tiers), ""),
            service=next(
                (name for name, prefix in self.services.items() if f"{folder}/".startswith(prefix.rstrip("/") + "/")),
                "",
            ),
            infrastructure=not _INFRASTRUCTURE.isdisjoint(folders),
        )

    def _is_tests(self, folders: list[str]) -> bool:
        name = folders[-1]
        return _TEST_FOLDER.match(name) is not None or (name == "test" and "/".join(folders) in self._singular)


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
