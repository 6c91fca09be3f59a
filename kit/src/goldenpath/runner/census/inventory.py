"""From the facts of files to what pytest will collect, and to what looks like a test and never will be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from goldenpath.runner.census.conventions import Conventions
from goldenpath.runner.census.facts import Class, Function, Module
from goldenpath.runner.census.fixtures import Cupboard
from goldenpath.runner.census.inheritance import Family, Lineage, Placed
from goldenpath.runner.census.reasons import explain, tests
from goldenpath.runner.seams import CensusEntry, Ghost

Categorise = Callable[[str, Sequence[str]], str]
"""The category of a test, by its path and marks."""


@dataclass(slots=True)
class Inventory:
    """The tests of one file."""

    entries: list[CensusEntry]
    ghosts: list[Ghost]

    @property
    def promised(self) -> int:
        """How many tests it has at least."""
        return sum(entry.count or 1 for entry in self.entries)


class Inspector:
    """Applies the conventions to the facts of files, one file after the other."""

    def __init__(
        self,
        conventions: Conventions,
        family: Family,
        categorise: Categorise,
        used: frozenset[str],
        conftests: Mapping[str, Module],
    ) -> None:
        self._conventions = conventions
        self._conftests = conftests
        self._cupboard = Cupboard(())
        self._family = family
        self._categorise = categorise
        self._used = used
        """Names that are inherited from or imported somewhere: a class behind one of them runs elsewhere."""

    def inspect(self, path: str, module: Module) -> Inventory:
        """What stands in a file that pytest would import."""
        found = Inventory([], [])
        if module.problem:
            self._ghost(found, path, path, module.line, "syntax_error", detail=module.problem)
            return found
        if module.switch < 0:
            inner = self._contents(path, module)
            self._ghost(found, path, path, 1, "switched_off", name="this file", count=tests(inner.promised))
            return found
        return self._contents(path, module)

    def _contents(self, path: str, module: Module) -> Inventory:
        found = Inventory([], [])
        self._cupboard = Cupboard((module, *self._above(path)))
        for function in module.functions:
            self._function(found, path, path, function, module, Lineage((), False, ""))
        for row in module.classes:
            if "." not in row.name:
                self._class(found, path, path, Placed(path, row), module)
        for name, line in module.nested:
            self._ghost(found, path, f"{path}::{name.replace('.', '::')}", line, "nested", name=name.rpartition(".")[2])
        if self._conventions.imported_tests:
            self._imported(found, path, module)
        unique = {entry.stem: entry for entry in reversed(found.entries)}
        found.entries = sorted(unique.values(), key=lambda entry: entry.line)
        return found

    def _above(self, path: str) -> Iterator[Module]:
        """The conftests that hold for a file, the nearest first."""
        folder = path
        while folder:
            folder = folder.rpartition("/")[0]
            conftest = self._conftests.get(f"{folder}/conftest.py".lstrip("/"))
            if conftest is not None:
                yield conftest

    def _imported(self, found: Inventory, path: str, module: Module) -> None:
        """Tests that the file imports from another one of the project: pytest collects them here as well."""
        own = {*(row.name for row in module.functions), *(row.name for row in module.classes)}
        for name, origin in module.imported:
            if name in own or "." not in origin.lstrip("."):
                continue
            if self._conventions.collects_function(name):
                known = self._family.function(path, origin)
                if known is not None and not known[1].hidden:
                    self._enter(
                        found, path, f"{path}::{name}", known[1]._replace(line=1), module, Lineage((), False, "")
                    )
            if self._conventions.collects_class(name):
                placed = self._family.find(path, origin)
                if placed is not None and placed.path != path and placed.row.name != "":
                    self._class(
                        found, path, path, Placed(placed.path, placed.row._replace(name=name)), module, quiet=True
                    )

    def _class(
        self, found: Inventory, path: str, owner: str, placed: Placed, module: Module, quiet: bool = False
    ) -> None:
        row = placed.row
        name = row.name.rpartition(".")[2]
        stem = f"{owner}::{name}"
        lineage = self._family.lineage(placed)
        wanted = self._conventions.collects_class(name) or lineage.switch > 0 or lineage.case
        methods = [function for _, function in lineage.functions if self._is_test(function.name, lineage.case)]
        count = tests(sum(max(function.times, 1) for function in methods))
        told = Inventory([], []) if quiet else found
        if row.replaced:
            if methods and wanted:
                self._ghost(told, path, stem, row.line, "shadowed", name=name, detail=row.replaced)
        elif lineage.switch < 0:
            if methods and wanted and row.switch and name not in self._used:
                self._ghost(told, path, stem, row.line, "switched_off", name=name, count=count)
        elif not wanted:
            if methods and not self._is_support(name, lineage):
                patterns = ", ".join(self._conventions.classes)
                self._ghost(told, path, stem, row.line, "class_pattern", name=name, detail=patterns, count=count)
        elif lineage.maker[0] and not lineage.case:
            if methods:
                maker, origin = lineage.maker
                made = f"a {maker}" if maker.startswith("_") else maker
                detail = made if origin == row.name else f"{made} (inherited from {origin})"
                self._ghost(told, path, stem, row.line, "init_class", name=name, detail=detail, count=count)
        else:
            for place, function in lineage.functions:
                self._function(
                    found if place.path == path or not function.hidden else told, path, stem, function, module, lineage
                )
            if not lineage.case:
                self._inner(found, path, stem, placed, module)
        for function in row.functions:
            if function.replaced and wanted and self._is_test(function.name, lineage.case):
                self._ghost(
                    told, path, f"{stem}::{function.name}", function.line, "shadowed",
                    name=function.name, detail=function.replaced,
                )  # fmt: skip

    def _inner(self, found: Inventory, path: str, owner: str, placed: Placed, module: Module) -> None:
        home = module if placed.path == path else None
        for row in home.classes if home else ():
            if row.name.startswith(placed.row.name + ".") and row.name.count(".") == placed.row.name.count(".") + 1:
                self._class(found, path, owner, Placed(path, row), module)

    def _function(
        self, found: Inventory, path: str, owner: str, function: Function, module: Module, lineage: Lineage
    ) -> None:
        stem = f"{owner}::{function.name}"
        if not self._is_test(function.name, lineage.case):
            if function.name.startswith("test") and not function.hidden and function.name not in self._used:
                patterns = ", ".join(self._conventions.functions)
                self._ghost(found, path, stem, function.line, "function_pattern", name=function.name, detail=patterns)
        elif function.replaced:
            if not lineage.line:
                detail = str(function.replaced)
                self._ghost(found, path, stem, function.line, "shadowed", name=function.name, detail=detail)
        elif function.hidden:
            detail = function.hidden
            self._ghost(found, path, stem, function.line, "hidden_by_decorator", name=function.name, detail=detail)
        else:
            self._enter(found, path, stem, function, module, lineage)

    def _enter(
        self, found: Inventory, path: str, stem: str, function: Function, module: Module, lineage: Lineage
    ) -> None:
        rows: list[Class] = [placed.row for placed in lineage.line]
        marks = dict.fromkeys([*function.marks, *(mark for row in rows for mark in row.marks), *module.marks])
        exact = function.exact and module.exact and all(row.exact for row in rows)
        count = function.times * module.times
        for row in rows:
            count *= row.times
        if self._cupboard.interesting and not lineage.case:
            owners = [row.name for row in rows]
            times, known = self._cupboard.multiplier(function.wants, owners)
            count, exact = count * times, exact and known
        category = self._categorise(path, tuple(marks))
        found.entries.append(CensusEntry(stem, count if exact else None, path, function.line, category, tuple(marks)))

    def _is_test(self, name: str, case: bool) -> bool:
        return name.startswith("test") if case else self._conventions.collects_function(name)

    def _is_support(self, name: str, lineage: Lineage) -> bool:
        """Used by others, private by its name, or of unknown descent: then it may well run elsewhere."""
        return name in self._used or name.startswith("_") or bool(lineage.unknown)

    @staticmethod
    def _ghost(found: Inventory, path: str, stem: str, line: int, reason: str, **details: object) -> None:
        details.setdefault("line", line)
        found.ghosts.append(Ghost(stem, path, line, reason, explain(reason, **details)))


def used_names(modules: Sequence[Module]) -> frozenset[str]:
    """Names that some file inherits from or imports."""
    return frozenset(_used(modules))


def _used(modules: Sequence[Module]) -> Iterator[str]:
    for module in modules:
        for _, origin in module.imported:
            yield origin.rpartition(".")[2]
        for row in module.classes:
            for base in row.bases:
                yield base.rpartition(".")[2]
