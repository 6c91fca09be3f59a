"""What the project says about its runs: `[tool.goldenpath.runner]` in pyproject.toml, over the built-in tables."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar

from goldenpath.runner import categories, layers
from goldenpath.runner.categories import Categories, Category
from goldenpath.runner.layers import FailFast, Layer

_FOLDER: Final = ".goldenpath"
_KEYS: Final = frozenset(
    {"categories", "layers", "modes", "tokens", "default_category", "folder", "timeout", "may_be_missing"}
)
_MARKERS: Final = ("pyproject.toml", "pytest.ini", "pytest.toml", "tox.ini", "setup.cfg", "setup.py", ".git")


class UsageError(Exception):
    """The run was asked for something it cannot do, or the settings say something it cannot obey."""


@dataclass(frozen=True)
class Settings:
    """Everything that may be set, with the built-in tables as defaults."""

    root: Path
    categories: Categories = field(default_factory=Categories)
    layers: Mapping[str, Layer] = field(default_factory=lambda: {layer.name: layer for layer in layers.BUILT_IN})
    modes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict(layers.MODES))
    tokens: Mapping[str, int] = field(default_factory=lambda: {"heavy": 1})
    """How many tests may hold each token at a time."""
    folder: Path = Path(_FOLDER)
    """For evidence and history."""
    timeout: float | None = None
    """Seconds per test."""
    may_be_missing: tuple[str, ...] = ()
    """Patterns of files and node ids that may skip themselves as a whole, or never be collected."""


def project_root(start: Path) -> Path:
    """The nearest folder at or above a path that looks like the top of a project."""
    for folder in (start, *start.parents):
        if any((folder / marker).exists() for marker in _MARKERS):
            return folder
    return start


def load_settings(root: Path) -> Settings:
    """The settings of the project at `root`; a setting nobody knows is an error."""
    file = root / "pyproject.toml"
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file.name} does not parse: {error}") from None
    table = document.get("tool", {}).get("goldenpath", {}).get("runner", {})
    _known("[tool.goldenpath.runner]", table, _KEYS)
    settings = Settings(
        root=root,
        categories=Categories(
            _rows("categories", table, categories.BUILT_IN, Category),
            table.get("default_category", categories.DEFAULT_CATEGORY),
        ),
        layers=_rows("layers", table, layers.BUILT_IN, Layer),
        modes={**layers.MODES, **{name: tuple(chosen) for name, chosen in table.get("modes", {}).items()}},
        tokens={"heavy": 1, **table.get("tokens", {})},
        folder=root / table.get("folder", _FOLDER),
        timeout=table.get("timeout"),
        may_be_missing=tuple(table.get("may_be_missing", ())),
    )
    _coherent(settings)
    return settings


_Row = TypeVar("_Row", Category, Layer)


def _rows(kind: str, table: Mapping[str, Any], built_in: tuple[_Row, ...], make: type[_Row]) -> dict[str, _Row]:
    rows: dict[str, _Row] = {row.name: row for row in built_in}
    names = frozenset(each.name for each in fields(make)) - {"name"}
    for name, values in table.get(kind, {}).items():
        where = f"[tool.goldenpath.runner.{kind}.{name}]"
        _known(where, values, names)
        given: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        if "fail_fast" in given:
            given["fail_fast"] = FailFast(one_of(f"fail_fast of {where}", given["fail_fast"], list(FailFast)))
        try:
            rows[name] = replace(rows[name], **given) if name in rows else make(name=name, **given)
        except TypeError as error:
            raise UsageError(f"{where}: {str(error).partition('() ')[2]}") from None
    return rows


def _coherent(settings: Settings) -> None:
    rows = settings.categories.rows
    order = list(settings.layers)
    one_of("default_category", settings.categories.default, rows)
    for row in rows.values():
        one_of(f"layer of category {row.name!r}", row.layer, settings.layers)
        for need in row.needs:
            one_of(f"needs of category {row.name!r}", need, rows)
            if order.index(rows[need].layer) > order.index(row.layer):
                raise UsageError(
                    f"category {row.name!r} of layer {row.layer} needs {need!r} of the later layer {rows[need].layer}; "
                    "move one of them"
                )
    for mode, chosen in settings.modes.items():
        for name in chosen:
            one_of(f"mode {mode!r}", name, settings.layers)
    for layer in settings.layers.values():
        if not 0 <= layer.threshold <= 1 or layer.budget <= 0:
            raise UsageError(f"layer {layer.name!r}: threshold is a share 0..1 and budget a number of seconds above 0")


def one_of(what: str, given: str, known: Collection[str]) -> str:
    """The name, if there is such a one; a usage error with the nearest otherwise."""
    if given in known:
        return given
    near = get_close_matches(str(given), known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    raise UsageError(f"{what}: there is no {given!r}; {hint}")


def _known(where: str, table: Mapping[str, Any], names: Collection[str]) -> None:
    for key in table:
        one_of(where, key, names)
