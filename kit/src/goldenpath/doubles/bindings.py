"""Bindings: which real class each kind of double is compiled from, as `pyproject.toml` says.

[tool.goldenpath.interfaces]
agent = "agent_backend.agents.agent:Agent"
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import reduce
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

TABLE: Final = "[tool.goldenpath.interfaces]"
TARGET: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*\Z")


class BindingError(ValueError):
    """A binding that cannot be followed, and the line that says it."""


class ClassNotFoundError(BindingError):
    """A binding to a class that is not there: never written, renamed, or removed."""


class Binding(NamedTuple):
    """One line of the table."""

    kind: str
    target: str
    file: Path
    line: int

    def __str__(self) -> str:
        return f'{self.file}:{self.line}: {self.kind} = "{self.target}"'

    def load(self) -> type:
        """The class; importing its module runs that module."""
        module_name, _, path = self.target.partition(":")
        module = self._module(module_name)
        try:
            found: object = reduce(getattr, path.split("."), module)
        except AttributeError:
            near = get_close_matches(path, vars(module), n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ClassNotFoundError(f"{self}: module {module_name!r} has no class {path!r}{hint}") from None
        if not isinstance(found, type):
            raise BindingError(f"{self}: {path!r} is no class but {found!r}")
        return found

    def _module(self, name: str) -> Any:
        try:
            return import_module(name)
        except ModuleNotFoundError as error:
            if error.name and (name == error.name or name.startswith(f"{error.name}.")):
                hint = "is it installed, or its folder on the path?"
                raise ClassNotFoundError(f"{self}: there is no module {error.name!r}; {hint}") from None
            raise BindingError(f"{self}: importing {name!r} failed: {error}") from error
        except Exception as error:
            raise BindingError(f"{self}: importing {name!r} failed: {type(error).__name__}: {error}") from error


def read_bindings(pyproject: Path | None = None, kinds: Collection[str] = ()) -> list[Binding]:
    """The table of a `pyproject.toml`, by default the nearest one from the current folder upwards.

    With `kinds`, a binding of any other kind is an error.
    """
    file = pyproject or nearest_pyproject()
    if file is None:
        return []
    import tomllib

    text = file.read_text(encoding="utf-8")
    try:
        table: Any = tomllib.loads(text)
        for name in ("tool", "goldenpath", "interfaces"):
            table = table.get(name, {})
    except tomllib.TOMLDecodeError as error:
        raise BindingError(f"{file} is not valid TOML: {error}") from None
    except AttributeError:
        raise BindingError(f'{file}: {TABLE} is a table of kind = "module:Class"') from None
    if not isinstance(table, Mapping):
        raise BindingError(f'{file}: {TABLE} is a table of kind = "module:Class", not {table!r}')
    return [checked(Binding(kind, target, file, line_of(kind, text)), kinds) for kind, target in table.items()]


def bound_interfaces(pyproject: Path | None = None, kinds: Collection[str] = ()) -> dict[str, type]:
    """The real class of every kind that is bound."""
    return {binding.kind: binding.load() for binding in read_bindings(pyproject, kinds)}


def nearest_pyproject(start: Path | None = None) -> Path | None:
    """The `pyproject.toml` of the folder, or of the first folder above that has one."""
    folder = (start or Path.cwd()).resolve()
    return next((file for place in (folder, *folder.parents) if (file := place / "pyproject.toml").is_file()), None)


def checked(binding: Binding, kinds: Collection[str]) -> Binding:
    """The binding, if it is written as one."""
    if not isinstance(binding.target, str) or not TARGET.match(binding.target):
        raise BindingError(f'{binding}: a binding is written kind = "module:Class"')
    if kinds and binding.kind not in kinds:
        near = get_close_matches(binding.kind, kinds, n=1)
        hint = f"did you mean {near[0]!r}? The kinds are" if near else "the kinds are"
        raise BindingError(f"{binding}: there is no kind {binding.kind!r}; {hint}: {', '.join(kinds)}")
    return binding


def line_of(kind: str, text: str) -> int:
    """The line on which a kind is bound; 1 where the table is written in some form this does not know."""
    key = re.compile(rf"""[\s{{,.]*["']?{re.escape(kind)}["']?\s*=""")
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            inside = line.replace(" ", "").startswith(TABLE)
        elif (inside and key.match(line)) or ("interfaces" in line and key.search(line)):
            return number
    return 1
