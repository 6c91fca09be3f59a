"""Following a base class to the file it stands in, so that inherited tests are counted where they run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from goldenpath.runner.census.facts import Class, Function, Module
from goldenpath.runner.census.places import ModulePlaces
from goldenpath.runner.census.shelf import Shelf
from goldenpath.runner.census.walk import Found

_CASES: Final = frozenset({"unittest.TestCase", "unittest.IsolatedAsyncioTestCase", "unittest.case.TestCase"})
_HARMLESS: Final = frozenset({"object", "abc.ABC", "typing.Generic", "typing.Protocol", "enum.Enum"})
_HOPS: Final = 12


class Placed(NamedTuple):
    """A class and the file it stands in."""

    path: str
    row: Class


class Lineage(NamedTuple):
    """A class with everything it inherits from."""

    line: tuple[Placed, ...]
    case: bool
    """Whether it is a `unittest.TestCase`."""
    unknown: str
    """A base that stands in no file of the project; empty when all are known."""

    @property
    def functions(self) -> Iterator[tuple[Placed, Function]]:
        """Its methods, the nearest first; an overridden one is not among them."""
        seen: set[str] = set()
        for placed in self.line:
            for function in placed.row.functions:
                if function.name not in seen and not function.replaced:
                    seen.add(function.name)
                    yield placed, function

    @property
    def switch(self) -> int:
        """`__test__`, own or inherited."""
        return next((placed.row.switch for placed in self.line if placed.row.switch), 0)

    @property
    def maker(self) -> tuple[str, str]:
        """The constructor that keeps pytest from making one, and the class it stands in."""
        return next(((placed.row.maker, placed.row.name) for placed in self.line if placed.row.maker), ("", ""))


class Family:
    """Finds classes across the files of a project."""

    def __init__(self, root: Path, shelf: Shelf, files: dict[str, Found]) -> None:
        self._root = root
        self._shelf = shelf
        self._files = files
        self._places = ModulePlaces(root, self._known)

    def lineage(self, placed: Placed) -> Lineage:
        """A class and its bases, as far as they can be found."""
        line: list[Placed] = []
        case, unknown = False, ""
        todo = [placed]
        while todo:
            current = todo.pop(0)
            if current in line or len(line) > _HOPS:
                continue
            line.append(current)
            above = []
            for base in current.row.bases:
                found = self.find(current.path, base)
                if found is not None:
                    above.append(found)
                elif base in _CASES or base.endswith("TestCase"):
                    case = True
                elif base not in _HARMLESS:
                    unknown = unknown or base
            todo = above + todo
        return Lineage(tuple(line), case, unknown)

    def find(self, path: str, name: str, hops: int = _HOPS) -> Placed | None:
        """The class that a file means by a name."""
        module = self._module(path)
        if module is None or hops == 0:
            return None
        for row in module.classes:
            if row.name == name:
                return Placed(path, row)
        first, _, rest = name.partition(".")
        imported = dict(module.imported).get(first)
        if imported is not None and imported != first:
            return self.find(path, f"{imported}.{rest}" if rest else imported, hops - 1)
        return self._elsewhere(path, name, hops)

    def function(self, path: str, name: str, hops: int = _HOPS) -> tuple[str, Function] | None:
        """The function that a file imports by a dotted name."""
        origin = self._places.origin(path, name)
        if origin is None or hops == 0:
            return None
        module = self._module(origin[0])
        for row in module.functions if module else ():
            if row.name == origin[1]:
                return origin[0], row
        onward = dict(module.imported).get(origin[1]) if module else None
        return self.function(origin[0], onward, hops - 1) if onward else None

    def _elsewhere(self, path: str, name: str, hops: int) -> Placed | None:
        origin = self._places.origin(path, name)
        return self.find(*origin, hops - 1) if origin is not None and origin[0] != path else None

    def _known(self, path: str) -> bool:
        if path not in self._files:
            try:
                status = (self._root / path).stat()
            except OSError:
                return False
            self._files[path] = Found(path, status.st_mtime_ns, status.st_size)
        return True

    def _module(self, path: str) -> Module | None:
        return self._shelf.module(self._files[path], True) if self._known(path) else None
