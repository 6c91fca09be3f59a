"""A file that says which secrets a deployment needs, where they come from and which rules they meet."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from goldenpath.environment.faults import MissingExtra, SecretPlanError
from goldenpath.environment.google_secret_manager import GoogleSecretManager
from goldenpath.environment.secret import Secret, SecretCheck, SecretRule
from goldenpath.environment.secret_loader import SecretLoader
from goldenpath.environment.secret_source import (
    DirectorySource,
    EnvironmentSource,
    FileSource,
    SecretSource,
    ServiceAccountSource,
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of source: how it is built from its name, the plan's folder and its fields."""

    build: Callable[[str, Path, Mapping[str, str]], SecretSource]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


def _environment(name: str, folder: Path, fields: Mapping[str, str]) -> SecretSource:
    return EnvironmentSource(name=name)


def _directory(name: str, folder: Path, fields: Mapping[str, str]) -> SecretSource:
    return DirectorySource(folder / fields["path"], name=name)


def _file(name: str, folder: Path, fields: Mapping[str, str]) -> SecretSource:
    return FileSource(folder / fields["path"], name=name)


def _google(name: str, folder: Path, fields: Mapping[str, str]) -> SecretSource:
    vault = GoogleSecretManager(fields["project"], version=fields.get("version", "latest"))
    return ServiceAccountSource(vault, name=name)


KINDS: Final = {
    "environment": _Kind(_environment),
    "directory": _Kind(_directory, required=("path",)),
    "file": _Kind(_file, required=("path",)),
    "google": _Kind(_google, required=("project",), optional=("version",)),
}
"""What `kind` may be, and the fields that go with it."""

RULE_FIELDS: Final = ("min_length", "max_length", "forbidden", "distinct")
SECRET_FIELDS: Final = ("key", "variable", "sources", *RULE_FIELDS)


@dataclass(frozen=True, slots=True)
class SecretPlan:
    """The chain of sources and the secrets to find in it."""

    chain: tuple[SecretSource, ...]
    secrets: tuple[Secret, ...]

    def check(self) -> tuple[SecretCheck, ...]:
        """Walk every secret through the stages."""
        return SecretLoader(self.chain).check(*self.secrets)


def read_secret_plan(path: str | os.PathLike[str]) -> SecretPlan:
    """Read a plan; whatever in it cannot be understood is a SecretPlanError that names the place."""
    file = Path(path)
    try:
        with file.open("rb") as stream:
            tables = tomllib.load(stream)
        return _plan(tables, file.absolute().parent)
    except OSError as error:
        problem = f"cannot be read: {error.strerror or type(error).__name__}"
    except (ValueError, MissingExtra) as error:
        problem = str(error)
    raise SecretPlanError(f"{file}: {problem}")


def _plan(tables: Mapping[str, Any], folder: Path) -> SecretPlan:
    _known("the file", tables, ("sources", "secrets"))
    sources = _table("sources", tables.get("sources"))
    secrets = _table("secrets", tables.get("secrets"))
    chain = tuple(_source(name, fields, folder) for name, fields in sources.items())
    plan = SecretPlan(chain, tuple(_secret(name, fields) for name, fields in secrets.items()))
    SecretLoader(plan.chain).refuse_ambiguity(plan.secrets)
    return plan


def _source(name: str, fields: Any, folder: Path) -> SecretSource:
    place = f"sources.{name}"
    fields = dict(_table(place, fields))
    kind = fields.pop("kind", None)
    if kind not in KINDS:
        raise ValueError(f"{place}: kind must be one of {', '.join(KINDS)}, not {kind!r}")
    _known(place, fields, (*KINDS[kind].required, *KINDS[kind].optional))
    for field in KINDS[kind].required:
        if field not in fields:
            raise ValueError(f"{place}: a source of kind {kind} needs {field!r}")
    _strings(place, fields, fields)
    return KINDS[kind].build(name, folder, fields)


def _secret(name: str, fields: Any) -> Secret:
    place = f"secrets.{name}"
    if not isinstance(fields, dict):
        raise ValueError(f"{place} must be a table")
    _known(place, fields, SECRET_FIELDS)
    _strings(place, fields, {"key", "variable"} & fields.keys())
    sources = fields.get("sources")
    if sources is not None and not (isinstance(sources, list) and all(isinstance(one, str) for one in sources)):
        raise ValueError(f"{place}: sources must be a list of names")
    rule = {field: fields[field] for field in RULE_FIELDS if field in fields}
    try:
        built = SecretRule(**rule)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from None
    return Secret(
        name, built, fields.get("key", ""), fields.get("variable", ""), None if sources is None else tuple(sources)
    )


def _table(place: str, table: Any) -> Mapping[str, Any]:
    if not isinstance(table, dict) or not table:
        raise ValueError(f"expected a table [{place}] that is not empty")
    return table


def _known(place: str, fields: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for field in fields:
        if field not in known:
            near = get_close_matches(field, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(known)}"
            raise ValueError(f"{place} has an unknown field {field!r}; {hint}")


def _strings(place: str, fields: Mapping[str, Any], names: Any) -> None:
    for name in names:
        if not isinstance(fields[name], str) or not fields[name]:
            raise ValueError(f"{place}: {name} must be a non-empty string")
