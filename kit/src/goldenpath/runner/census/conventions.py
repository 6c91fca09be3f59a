"""What pytest collects in a project: its root, its patterns and its ignores, read as pytest itself reads them."""

from __future__ import annotations

import configparser
import os
import shlex
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

_SPECIAL: Final = frozenset("*?[")
_TOMLS: Final = ("pytest.toml", ".pytest.toml")
_TABLES: Final[tuple[tuple[str, ...], ...]] = (("tool", "pytest", "ini_options"), ("tool", "pytest"))
_INIS: Final = (("pytest.ini", "pytest"), (".pytest.ini", "pytest"))
_LATE_INIS: Final = (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest"))
_NORECURSE: Final = ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}")


class ConventionsError(ValueError):
    """The project's pytest configuration cannot be read."""


@dataclass(frozen=True, slots=True)
class Conventions:
    """The rules by which pytest finds tests in one project."""

    root: Path
    files: tuple[str, ...] = ("test_*.py", "*_test.py")
    classes: tuple[str, ...] = ("Test",)
    functions: tuple[str, ...] = ("test",)
    testpaths: tuple[str, ...] = ()
    norecurse: tuple[str, ...] = _NORECURSE
    ignored: tuple[str, ...] = ()
    """Paths of `--ignore` in addopts."""
    ignored_globs: tuple[str, ...] = ()
    import_mode: str = "prepend"
    imported_tests: bool = True
    """Whether a test that a file merely imports is collected there too."""

    def collects_file(self, path: str) -> bool:
        """Whether the name of a file makes it a test file."""
        name = path.rpartition("/")[2]
        return any(fnmatch(path if "/" in pattern else name, pattern) for pattern in self.files)

    def collects_class(self, name: str) -> bool:
        """Whether a plain class of this name is a test class."""
        return _named(name, self.classes)

    def collects_function(self, name: str) -> bool:
        """Whether a function of this name is a test."""
        return _named(name, self.functions)

    def enters(self, path: str) -> bool:
        """Whether a folder is walked into."""
        name = path.rpartition("/")[2]
        return not any(fnmatch(path if "/" in pattern else name, pattern) for pattern in self.norecurse)

    def ignores(self, path: str) -> bool:
        """Whether the project's own options leave a path out."""
        return any(path == each or path.startswith(each + "/") for each in self.ignored) or any(
            fnmatch(path, pattern) or fnmatch(str(self.root / path), pattern) for pattern in self.ignored_globs
        )


def _named(name: str, patterns: Sequence[str]) -> bool:
    return any(
        name.startswith(pattern) or (not _SPECIAL.isdisjoint(pattern) and fnmatch(name, pattern))
        for pattern in patterns
    )


def load_conventions(start: Path) -> Conventions:
    """The conventions that hold for what stands at `start`."""
    start = start.resolve()
    if not start.is_dir():
        start = start.parent
    root, options = _found(start)
    default = Conventions(root)
    added = _words(options.get("addopts"))
    return Conventions(
        root=root,
        files=_words(options.get("python_files")) or default.files,
        classes=_words(options.get("python_classes")) or default.classes,
        functions=_words(options.get("python_functions")) or default.functions,
        testpaths=_words(options.get("testpaths")),
        norecurse=_words(options.get("norecursedirs")) or default.norecurse,
        ignored=tuple(os.path.normpath(each) for each in _values(added, "--ignore")),
        ignored_globs=tuple(_values(added, "--ignore-glob")),
        import_mode=next(reversed([*_values(added, "--import-mode")]), default.import_mode),
        imported_tests=str(options.get("collect_imported_tests", "true")).lower() not in {"false", "0", "no", "off"},
    )


def _found(start: Path) -> tuple[Path, Mapping[str, Any]]:
    """The nearest folder upwards with a pytest configuration; else the one with the project's own file."""
    fallback = None
    for folder in (start, *start.parents):
        options = _options(folder)
        if options is not None:
            return folder, options
        if fallback is None and any((folder / name).exists() for name in ("pyproject.toml", "setup.py", ".git")):
            fallback = folder
    return fallback or start, {}


def _options(folder: Path) -> Mapping[str, Any] | None:
    for name in _TOMLS:
        if (folder / name).is_file():
            return _table(_toml(folder / name), ("pytest",))
    for name, section in _INIS:
        if (folder / name).is_file():
            return _ini(folder / name, section) or {}
    document = _toml(folder / "pyproject.toml")
    for keys in _TABLES:
        table = _table(document, keys)
        if table:
            return table
    for name, section in _LATE_INIS:
        found = _ini(folder / name, section)
        if found is not None:
            return found
    return None


def _table(document: Mapping[str, Any], keys: Sequence[str]) -> Mapping[str, Any]:
    for key in keys:
        document = document.get(key, {})
    return document


def _toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConventionsError(f"{path} cannot be read, so nobody knows what pytest collects: {error}") from None


def _ini(path: Path, section: str) -> Mapping[str, Any] | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        raise ConventionsError(f"{path} cannot be read, so nobody knows what pytest collects: {error}") from None
    return dict(parser[section]) if parser.has_section(section) else None


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    return tuple(shlex.split(str(value or ""), comments=True))


def _values(words: Sequence[str], option: str) -> Iterator[str]:
    """What was given to an option, in either spelling."""
    for number, word in enumerate(words):
        if word.startswith(option + "="):
            yield word.removeprefix(option + "=")
        elif word == option and number + 1 < len(words):
            yield words[number + 1]
