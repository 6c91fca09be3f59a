"""Imports that lead nowhere, directly or along the way."""

from __future__ import annotations

from typing import NamedTuple

from goldenpath.audit.facts import Import
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View, module_name
from goldenpath.audit.resolution import Symbol


class BrokenImport(NamedTuple):
    """An import statement and the name that does not exist."""

    row: Import
    name: str


class Imports:
    """Which imports of a project are broken; remembered per inspection's resolver."""

    def __init__(self, inspection: Inspection) -> None:
        self._inspection = inspection
        self._resolver = inspection.resolver
        self._project = inspection.project
        self._origins: dict[tuple[str, str, str], Symbol] = {}
        self._owned: dict[str, bool] = {}
        self._chains: dict[str, list[tuple[View, BrokenImport]]] = {}

    def broken(self, view: View) -> list[BrokenImport]:
        """The unguarded imports of a file that certainly fail."""
        found = [
            BrokenImport(row, name)
            for row in view.imports
            if not row.guard and "__init__.py" not in row.scope
            for name in self._missing(view, row)
        ]
        return found if found and not self._may_fail(view) else []

    def _may_fail(self, view: View) -> bool:
        """Whether a file is meant to fail, is left out, or changes by itself where its imports lead."""
        return (
            view.place.broken_on_purpose
            or self._inspection.may_be_left_out(view)
            or any(seen.kind in {"sys.path", "sys.modules"} for seen in view.sightings("infrastructure"))
        )

    def broken_chain(self, view: View) -> list[tuple[View, BrokenImport]]:
        """The way from a file to an import that fails when the file is imported, or nothing."""
        known = self._chains.get(view.path)
        if known is not None:
            return known
        self._chains[view.path] = []
        for broken in self.broken(view):
            if not broken.row.scope or self._in_class(view, broken.row):
                self._chains[view.path] = [(view, broken)]
                return self._chains[view.path]
        for row in view.imports:
            if row.scope or row.guard:
                continue
            for target in self.targets(view, row):
                rest = self.broken_chain(target) if target is not view else []
                if rest:
                    self._chains[view.path] = [(view, BrokenImport(row, rest[-1][1].name)), *rest]
                    return self._chains[view.path]
        return self._chains[view.path]

    @staticmethod
    def _in_class(view: View, row: Import) -> bool:
        return row.scope in view.class_named

    def _missing(self, view: View, row: Import) -> list[str]:
        """What a statement names that does not exist."""
        if not row.level and not self._is_own(row.module):
            return []
        origin = "." * row.level + row.module
        found = self._origin(view, row)
        if found.kind == "missing":
            return [origin]
        module = found.view
        if found.kind != "module" or module is None or module is view:
            return []
        joint = "" if origin.endswith(".") else "."
        return [
            f"{origin}{joint}{name}"
            for name in row.names
            if name not in module.names and name != "*" and self._resolver.member(module, name).kind == "missing"
        ]

    def _origin(self, view: View, row: Import) -> Symbol:
        """What the module a statement imports from turns out to be."""
        if row.level:
            return self._resolver.resolve(view, "." * row.level + row.module)
        several = len(self._project.modules.get(row.module, ())) > 1
        key = (row.module, view.place.service, view.package if several else "")
        found = self._origins.get(key)
        if found is None:
            found = self._origins[key] = self._resolver.absolute(row.module, view)
        return found

    def _is_own(self, module: str) -> bool:
        """Whether a module name certainly starts at a package of this project, and at only one."""
        first = module.partition(".")[0]
        if first not in self._owned:
            self._owned[first] = self._owns(first)
        return self._owned[first]

    def _owns(self, first: str) -> bool:
        owners = self._project.packages.get(first, [])
        return len(owners) == 1 and len(self._project.modules.get(first, ())) == 1 and not owners[0].namespace.dynamic

    def _stands_at_root(self, module: str) -> bool:
        """Whether exactly one file has this name as seen from a source root, so that nothing else can be meant."""
        views = self._project.modules.get(module, [])
        roots = self._project.source_roots
        return "." in module and len(views) == 1 and any(module_name(views[0].path, root) == module for root in roots)

    def targets(self, view: View, row: Import) -> list[View]:
        """The files of this project that an import statement names, where that is certain."""
        if not row.level and not self._is_own(row.module) and not self._stands_at_root(row.module):
            return []
        found = self._origin(view, row)
        module = found.view
        if found.kind != "module" or module is None:
            return []
        targets: dict[str, View] = {}
        for name in row.names or [""]:
            target = module
            if name and name != "*" and name not in module.names:
                inner = self._resolver.member(module, name)
                if inner.kind == "module" and inner.view is not None:
                    target = inner.view
            targets[target.path] = target
        return list(targets.values())
