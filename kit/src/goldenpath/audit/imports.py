"""Imports that lead nowhere, directly or along the way."""

from __future__ import annotations

from typing import NamedTuple

from goldenpath.audit.facts import Import
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View, module_name

_FORGIVEN = {"try", "type", "if", "call"}


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
        self._absolute: dict[tuple[str, str, str, str], str] = {}
        self._targets: dict[tuple[str, str, str], View | None] = {}
        self._owned: dict[str, bool] = {}
        self._chains: dict[str, list[tuple[View, BrokenImport]]] = {}

    def broken(self, view: View) -> list[BrokenImport]:
        """The unguarded imports of a file that certainly fail."""
        if view.place.broken_on_purpose or self._inspection.may_be_left_out(view):
            return []
        if view.has("infrastructure") and any(
            seen.kind in {"sys.path", "sys.modules"} for seen in view.sightings("infrastructure")
        ):
            return []
        return [
            BrokenImport(row, name)
            for row in view.imports
            if not row.guard and "__init__.py" not in row.scope
            for name in [self._missing(view, row)]
            if name
        ]

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
            target = self.target(view, row)
            if target is not None and target is not view:
                rest = self.broken_chain(target)
                if rest:
                    self._chains[view.path] = [(view, BrokenImport(row, rest[-1][1].name)), *rest]
                    break
        return self._chains[view.path]

    @staticmethod
    def _in_class(view: View, row: Import) -> bool:
        return row.scope in view.class_named

    def _missing(self, view: View, row: Import) -> str:
        if row.level:
            return self._missing_relative(view, row)
        if not self._is_own(row.module):
            return ""
        key = (
            row.module,
            row.name,
            view.place.service,
            view.package if len(self._project.modules.get(row.module, ())) > 1 else "",
        )
        if key not in self._absolute:
            self._absolute[key] = self._missing_absolute(view, row)
        return self._absolute[key]

    def _missing_absolute(self, view: View, row: Import) -> str:
        found = self._resolver.absolute(row.module, view)
        if found.kind == "missing":
            return row.module
        if not row.name or row.name == "*" or found.kind != "module" or found.view is None:
            return ""
        return self._member_missing(view, found.view, row, f"{row.module}.{row.name}")

    def _missing_relative(self, view: View, row: Import) -> str:
        origin = "." * row.level + row.module
        found = self._resolver.resolve(view, origin)
        if found.kind == "missing":
            return origin
        if row.name in {"", "*"} or found.kind != "module" or found.view is None:
            return ""
        return self._member_missing(view, found.view, row, f"{origin}{'' if origin.endswith('.') else '.'}{row.name}")

    def _member_missing(self, view: View, module: View, row: Import, name: str) -> str:
        if module is view or row.name in module.names:
            return ""
        symbol = self._resolver.member(module, row.name)
        return name if symbol.kind == "missing" else ""

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

    def target(self, view: View, row: Import) -> View | None:
        """The file of this project that an import statement names, when that is certain."""
        if row.level == 0:
            key = (row.module, row.name, view.place.service)
            if len(self._project.modules.get(row.module, ())) == 1:
                if key not in self._targets:
                    self._targets[key] = self._find_target(view, row)
                return self._targets[key]
        return self._find_target(view, row)

    def _find_target(self, view: View, row: Import) -> View | None:
        if row.level:
            found = self._resolver.resolve(view, "." * row.level + row.module)
        elif self._is_own(row.module) or self._stands_at_root(row.module):
            found = self._resolver.absolute(row.module, view)
        else:
            return None
        if found.kind != "module" or found.view is None:
            return None
        if row.name and row.name != "*" and row.name not in found.view.names:
            inner = self._resolver.member(found.view, row.name)
            if inner.kind == "module" and inner.view is not None:
                return inner.view
        return found.view
