"""What the project says about itself: `[tool.goldenpath.audit]`, its Python, and how its tests are collected."""

from __future__ import annotations

import configparser
import re
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from goldenpath.audit.finding import Severity
from goldenpath.plugin.tiers import TIERS

DEFAULT_EXCLUDES: Final = (
    "node_modules", "site-packages", "build", "dist", "venv", "env", "__pycache__", "_build", "vendor", "_vendor",
    "vendored", "third_party",
)  # fmt: skip
MARKERS: Final = ("pyproject.toml", "pytest.ini", "setup.cfg", "tox.ini", "setup.py", ".git")


class ConfigError(ValueError):
    """The configuration says something that the audit cannot obey."""


@dataclass(frozen=True)
class Collection:
    """Which files, classes and functions the project's test runner collects."""

    files: tuple[str, ...] = ("test_*.py", "*_test.py")
    classes: tuple[str, ...] = ("Test",)
    functions: tuple[str, ...] = ("test",)
    paths: tuple[str, ...] = ()
    by_path: bool = False
    """Test modules are named by where they stand (`--import-mode=importlib`), however the tests are started."""


@dataclass(frozen=True)
class Config:
    """Everything that may be set, with the conventions as defaults."""

    root: Path
    target: tuple[int, int] | None = None
    exclude: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    tiers: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(TIERS))
    services: Mapping[str, str] = field(default_factory=dict)
    factory: str = "auto"
    canonical: Mapping[str, str] = field(default_factory=dict)
    registry: str = ""
    helper_methods: tuple[str, ...] = ()
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, Severity] = field(default_factory=dict)
    baseline: str = ".goldenpath-audit-baseline.json"
    weights: Mapping[str, int] = field(default_factory=dict)
    collection: Collection = Collection()

    def wants(self, rule: str) -> bool:
        """Whether a rule is asked for: selected by prefix, and not ignored by one."""
        return (not self.select or rule.startswith(self.select)) and not rule.startswith(self.ignore or ("\0",))


def project_root(start: Path) -> Path:
    """The nearest folder at or above a path that looks like the top of a project."""
    start = start if start.is_dir() else start.parent
    for folder in (start, *start.parents):
        if any((folder / marker).exists() for marker in MARKERS):
            return folder
    return start


def load_config(root: Path) -> Config:
    """The configuration of the project at `root`; a setting nobody knows is an error."""
    document = _toml(root / "pyproject.toml")
    table = document.get("tool", {}).get("goldenpath", {}).get("audit", {})
    settings = _settings(table)
    settings.setdefault("target", _required_python(document))
    return Config(root=root, collection=_collection(root, document), **settings)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} cannot be read: {error}") from None


_LISTS: Final = {"exclude", "source", "tests", "helper-methods", "select", "ignore"}
_TEXTS: Final = {"registry", "baseline"}
_TABLES: Final = {"services", "canonical"}
_KNOWN: Final = _LISTS | _TEXTS | _TABLES | {"target-python", "tiers", "factory", "severity", "weights"}
CANONICAL: Final = {"testcase", "runner", "containers"}


def _settings(table: Mapping[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for key, value in table.items():
        name = key.replace("-", "_")
        where = f"[tool.goldenpath.audit] {key}"
        if key not in _KNOWN:
            near = get_close_matches(key, _KNOWN, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"the settings are: {', '.join(sorted(_KNOWN))}"
            raise ConfigError(f"{where}: there is no such setting; {hint}")
        if key in _LISTS:
            settings[name] = tuple(_texts(where, value))
        elif key in _TEXTS:
            settings[name] = _text(where, value)
        elif key in _TABLES:
            settings[name] = {part: _text(f"{where}.{part}", text) for part, text in _table(where, value).items()}
        elif key == "target-python":
            settings["target"] = _version(where, value)
        elif key == "tiers":
            settings["tiers"] = {
                **TIERS,
                **{tier: tuple(_texts(f"{where}.{tier}", names)) for tier, names in _table(where, value).items()},
            }
        elif key == "factory":
            if value not in {"auto", "required", "off"}:
                raise ConfigError(f"{where}: {value!r} is none of 'auto', 'required', 'off'")
            settings["factory"] = value
        elif key == "severity":
            settings["severity"] = {
                rule: _severity(f"{where}.{rule}", text) for rule, text in _table(where, value).items()
            }
        elif key == "weights":
            settings["weights"] = {
                area: _whole(f"{where}.{area}", number) for area, number in _table(where, value).items()
            }
    unknown = set(settings.get("canonical", {})) - CANONICAL
    if unknown:
        raise ConfigError(
            f"[tool.goldenpath.audit.canonical] {min(unknown)}: "
            f"only {', '.join(sorted(CANONICAL))} have a canonical module"
        )
    return settings


def _table(where: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where}: a table is expected, not {value!r}")
    return value


def _text(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(f"{where}: a string is expected, not {value!r}")
    return value


def _texts(where: str, value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ConfigError(f"{where}: a list of strings is expected, not {value!r}")
    return value


def _whole(where: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ConfigError(f"{where}: a whole number of at least 0 is expected, not {value!r}")
    return value


def _severity(where: str, value: object) -> Severity:
    try:
        return Severity(_text(where, value))
    except ValueError:
        raise ConfigError(f"{where}: {value!r} is none of {', '.join(repr(str(each)) for each in Severity)}") from None


def _version(where: str, value: object) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)\.(\d+)", str(value))
    if not match:
        raise ConfigError(f"{where}: a version such as '3.11' is expected, not {value!r}")
    return int(match[1]), int(match[2])


def _required_python(document: Mapping[str, Any]) -> tuple[int, int] | None:
    """The lowest Python that `requires-python` admits."""
    wanted = str(document.get("project", {}).get("requires-python", ""))
    found = [(int(major), int(minor)) for major, minor in re.findall(r"(?:>=|~=|==)\s*(\d+)\.(\d+)", wanted)]
    return min(found, default=None)


def _collection(root: Path, document: Mapping[str, Any]) -> Collection:
    """What pytest would collect, read from the first file that pytest itself would read."""
    options = _pytest_options(root, document)
    default = Collection()
    return Collection(
        files=tuple(_words(options.get("python_files"))) or default.files,
        classes=tuple(_words(options.get("python_classes"))) or default.classes,
        functions=tuple(_words(options.get("python_functions"))) or default.functions,
        paths=tuple(_words(options.get("testpaths"))),
        by_path=re.search(r"--import-mode[= ]importlib", " ".join(_words(options.get("addopts")))) is not None,
    )


def _pytest_options(root: Path, document: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in ("pytest.ini", ".pytest.ini"):
        section = _ini(root / name, "pytest")
        if section is not None:
            return section
    table = document.get("tool", {}).get("pytest", {})
    for options in (table.get("ini_options"), table):
        if options:
            return dict(options)
    return _ini(root / "tox.ini", "pytest") or _ini(root / "setup.cfg", "tool:pytest") or {}


def _ini(path: Path, section: str) -> Mapping[str, Any] | None:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return None
    return dict(parser[section]) if parser.has_section(section) else None


def _words(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    try:
        return shlex.split(str(value or ""), comments=True)
    except ValueError:
        return str(value).split()
