"""Who imports whom in a project, read from the files; nothing is imported."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from goldenpath.runner.census.places import ModulePlaces

_IMPORTERS: Final = frozenset({"import_module", "importorskip", "__import__", "patch", "setattr", "delattr"})
"""Functions that import what their first argument names."""
_STARTERS: Final = frozenset(
    {"Popen", "check_call", "check_output", "create_subprocess_exec", "create_subprocess_shell"}
)
_DOTTED: Final = re.compile(r"[A-Za-z_]\w*(\.\w+)*")


@dataclass(frozen=True, slots=True)
class Reach:
    """What one file reaches directly."""

    names: frozenset[str]
    """Dotted names it imports, relative ones with their dots."""
    typed: Mapping[str, str] = field(default_factory=dict)
    """Names that are imported for type checkers alone, and from where: how a lazy package says what it offers."""
    whole: frozenset[str] = frozenset()
    """Modules imported as such, any name of which may be used."""
    unknown: str = ""
    """Why it may reach more than can be read: it starts programs, or imports what it computes."""


def read_reach(source: bytes) -> Reach:
    """The imports of a file, wherever in it they stand."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return Reach(frozenset(), unknown="it does not parse")
    names: set[str] = set()
    whole: set[str] = set()
    unknown = ""
    typed, skipped = _typed(tree)
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
            whole.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            names.add(origin)
            joint = "" if origin.endswith(".") else "."
            names.update(f"{origin}{joint}{alias.name}" for alias in node.names if alias.name != "*")
        elif isinstance(node, ast.Call):
            unknown = _called(node, names) or unknown
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytest_plugins" for target in node.targets
        ):
            names.update(_texts(node.value))
    return Reach(frozenset(names), typed, frozenset(whole), unknown)


def _typed(tree: ast.Module) -> tuple[dict[str, str], set[ast.AST]]:
    """The imports below `if TYPE_CHECKING`, and their statements: running the file does not run them."""
    typed: dict[str, str] = {}
    skipped: set[ast.AST] = set()
    for block in tree.body:
        if isinstance(block, ast.If) and _asks_for_types(block.test):
            for node in block.body:
                if isinstance(node, ast.ImportFrom):
                    skipped.add(node)
                    origin = "." * node.level + (node.module or "")
                    joint = "" if origin.endswith(".") else "."
                    typed.update({alias.asname or alias.name: f"{origin}{joint}{alias.name}" for alias in node.names})
    return typed, skipped


def _asks_for_types(test: ast.expr) -> bool:
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def _called(node: ast.Call, names: set[str]) -> str:
    """Take in what a call imports; the answer is why it cannot be known, or nothing."""
    function = node.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if called in _STARTERS or (called == "run" and isinstance(function, ast.Attribute) and _is_subprocess(function)):
        return f"it starts programs (line {node.lineno})"
    if called not in _IMPORTERS or not node.args:
        return ""
    named = [text for text in _texts(node.args[0]) if _DOTTED.fullmatch(text)]
    names.update(named)
    computed = called in {"import_module", "__import__"} and not named
    return f"it imports what it computes (line {node.lineno})" if computed else ""


def _is_subprocess(function: ast.Attribute) -> bool:
    return isinstance(function.value, ast.Name) and function.value.id == "subprocess"


def _texts(node: ast.expr) -> list[str]:
    parts = node.elts if isinstance(node, (ast.List, ast.Tuple)) else [node]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


class ImportGraph:
    """Files and the files they import, directly and along the way."""

    def __init__(self, root: Path, files: Iterator[str] | list[str]) -> None:
        self._root = root
        self._files = frozenset(files)
        self._places = ModulePlaces(root, self._files.__contains__)
        self._reaches: dict[str, Reach] = {}
        self._next: dict[str, frozenset[str]] = {}

    def reach(self, path: str) -> Reach:
        """What a file itself says."""
        if path not in self._reaches:
            try:
                self._reaches[path] = read_reach((self._root / path).read_bytes())
            except OSError as error:
                self._reaches[path] = Reach(frozenset(), unknown=f"it cannot be read: {error.strerror}")
        return self._reaches[path]

    def imports(self, path: str) -> frozenset[str]:
        """The files that importing one file imports at first hand, packages on the way included."""
        if path not in self._next:
            reach = self.reach(path)
            found: set[str] = set()
            for name in reach.names:
                self._follow(path, name, found)
            for name in reach.whole:
                origin = self._places.origin(path, name)
                for lazy in self.reach(origin[0]).typed.values() if origin else ():
                    self._follow(origin[0] if origin else path, lazy, found)
            self._next[path] = frozenset(found - {path})
        return self._next[path]

    def _follow(self, path: str, name: str, found: set[str]) -> None:
        """The file that a name leads to; a lazy package leads on to where the name really stands."""
        origin = self._places.origin(path, name)
        while origin is not None:
            place, rest = origin
            found.add(place)
            found.update(self._packages(place))
            onward = self.reach(place).typed.get(rest.partition(".")[0]) if rest and place != path else None
            path, origin = place, self._places.origin(place, onward) if onward else None

    def ways(self, start: str) -> Mapping[str, str]:
        """Every file that one file reaches, with the file through which it does: the shortest way."""
        came: dict[str, str] = {start: ""}
        todo = [start, *self._conftests(start)]
        came.update(dict.fromkeys(todo[1:], start))
        for path in todo:
            for target in sorted(self.imports(path)):
                if target not in came:
                    came[target] = path
                    todo.append(target)
        return came

    def _packages(self, path: str) -> Iterator[str]:
        folder = path.rpartition("/")[0]
        while folder and f"{folder}/__init__.py" in self._files:
            yield f"{folder}/__init__.py"
            folder = folder.rpartition("/")[0]

    def _conftests(self, path: str) -> list[str]:
        folders = path.split("/")[:-1]
        places = ["/".join([*folders[:depth], "conftest.py"]) for depth in range(len(folders) + 1)]
        return [place for place in places if place in self._files and place != path]
