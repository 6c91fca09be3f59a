"""What a name means across files: followed through aliases, re-exports, star imports and submodules.

Every answer may be "unknown", and every rule is silent then. "missing" is said only when nothing could make the name
appear.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from typing import Final

from goldenpath.audit.facts import Class
from goldenpath.audit.project import Project, View

_DEEPEST: Final = 24
_BUILTINS: Final = frozenset(dir(builtins))
_MADE_BY_TOOLS: Final = (
    "version",
    "pb2",
    "generated",
    "build",
    "compiled",
    "cython",
    "speedups",
    "native",
    "_ext",
    "rust",
    "parser_tables",
)


@dataclass(frozen=True, slots=True)
class Symbol:
    """What a name turned out to be."""

    kind: str
    """class, function, module, value, missing, external or unknown."""
    view: View | None = None
    row: Class | None = None
    name: str = ""
    """The absolute dotted name of what is external or missing."""


UNKNOWN: Final = Symbol("unknown")


@dataclass(frozen=True)
class Ancestry:
    """A class and everything it inherits from."""

    classes: tuple[tuple[View, Class], ...]
    """The project's own classes, the class itself first."""
    external: frozenset[str]
    """Dotted names of bases that are not the project's."""
    certain: bool
    """Every base was found or is external; nothing is dynamic."""

    def members(self) -> dict[str, tuple[View, Class]]:
        """Every member the project's own classes define, and where."""
        found: dict[str, tuple[View, Class]] = {}
        for view, row in self.classes:
            for name in (*(method.name for method in row.methods), *row.attributes):
                found.setdefault(name, (view, row))
        return found


class Resolver:
    """Answers what names mean, and remembers."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._ancestries: dict[tuple[str, str], Ancestry] = {}
        self._members: dict[tuple[str, str], Symbol] = {}

    def resolve(self, view: View, name: str, depth: int = 0) -> Symbol:
        """What a canonical dotted name means in a file."""
        if not name or name == "?" or depth > _DEEPEST:
            return UNKNOWN
        if name.startswith("."):
            return self._relative(view, name, depth)
        first, _, rest = name.partition(".")
        if first in view.bindings:
            binding = view.bindings[first]
            if binding.kind != "import" or binding.target != first:
                return self._inside(self.member(view, first, depth + 1), rest, depth)
        if first not in self.project.tops:
            if view.namespace.stars and first in self._star_names(view, depth):
                return self._inside(self.member(view, first, depth + 1), rest, depth)
            if "." not in name and first not in _BUILTINS and view.namespace.stars:
                return UNKNOWN
            return Symbol("external", name=name)
        return self.absolute(name, view, depth)

    def absolute(self, name: str, near: View | None = None, depth: int = 0) -> Symbol:
        """What an absolute dotted name means: the longest module it begins with, then members."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            found = self.module(".".join(parts[:length]), near)
            if found is None:
                return UNKNOWN
            if isinstance(found, View):
                return self._inside(
                    Symbol("module", found, name=".".join(parts[:length])), ".".join(parts[length:]), depth
                )
        if parts[0] in self.project.tops:
            return UNKNOWN
        return Symbol("external", name=name)

    def module(self, name: str, near: View | None = None) -> View | bool | None:
        """The file a module name stands for; False when there is none, None when there are several."""
        views = self.project.modules.get(name)
        if not views:
            return False
        if len(views) == 1:
            return views[0]
        if near is not None:
            close = [view for view in views if view.place.service == near.place.service]
            if len(close) == 1:
                return close[0]
            beside = [view for view in views if view.package == near.package]
            if len(beside) == 1 and name not in self.project.packages:
                return beside[0]
        return None

    def member(self, view: View, name: str, depth: int = 0) -> Symbol:
        """What a module offers under a name."""
        key = (view.path, name)
        if key not in self._members:
            self._members[key] = UNKNOWN
            self._members[key] = self._find_member(view, name, depth)
        return self._members[key]

    def _find_member(self, view: View, name: str, depth: int) -> Symbol:
        if depth > _DEEPEST or view.has("problems"):
            return UNKNOWN
        binding = view.bindings.get(name)
        if binding is not None:
            if binding.kind == "class":
                return Symbol("class", view, view.classes[int(binding.target)])
            if binding.kind == "function":
                return Symbol("function", view, name=name)
            if binding.kind in {"import", "alias"}:
                return self._followed(view, binding.target, name, depth)
            return Symbol("value", view, name=name)
        submodule = self._submodule(view, name)
        if submodule is not None:
            return submodule
        for star in view.namespace.stars:
            origin = self._star_origin(view, star, depth)
            if origin is None:
                return UNKNOWN
            found = self.member(origin, name, depth + 1)
            if found.kind != "missing":
                return found
        if view.namespace.dynamic:
            return UNKNOWN
        return Symbol("missing", view, name=name)

    def _followed(self, view: View, target: str, name: str, depth: int) -> Symbol:
        if target.startswith("."):
            found = self._relative(view, target, depth + 1)
        elif target == name and "." not in target:
            found = self.absolute(target, view, depth + 1)
        else:
            first = target.partition(".")[0]
            local = view.bindings.get(first)
            if local is not None and local.kind in {"class", "function", "value", "several"} and first != name:
                found = self._inside(self.member(view, first, depth + 1), target.partition(".")[2], depth + 1)
            else:
                found = self.absolute(target, view, depth + 1)
        if found.kind == "missing":
            return UNKNOWN
        return found

    def _submodule(self, view: View, name: str) -> Symbol | None:
        if not view.path.endswith("__init__.py"):
            return None
        folder = view.package
        for path in (f"{folder}/{name}/__init__.py", f"{folder}/{name}.py"):
            found = self.project.by_path.get(path.lstrip("/"))
            if found is not None:
                return Symbol("module", found, name=name)
        if f"{folder}/{name}" in self.project.folders or self._made_elsewhere(folder, name):
            return UNKNOWN
        return None

    def _made_elsewhere(self, folder: str, name: str) -> bool:
        """Whether something else than a Python file may be this module: compiled, generated, excluded."""
        if any(word in name for word in _MADE_BY_TOOLS) or (name.startswith("_") and not name.startswith("__")):
            return True
        try:
            return any(
                child.name == name or child.name.startswith(name + ".")
                for child in (self.project.root / folder).iterdir()
            )
        except OSError:
            return True

    def _relative(self, view: View, name: str, depth: int) -> Symbol:
        rest = name.lstrip(".")
        folder = view.package
        for _ in range(len(name) - len(rest) - 1):
            if not folder:
                return UNKNOWN
            folder = folder.rpartition("/")[0]
        package = self.project.by_path.get(f"{folder}/__init__.py".lstrip("/"))
        if package is not None:
            if package is view and rest.partition(".")[0] in view.bindings:
                bound = view.bindings[rest.partition(".")[0]]
                if bound.target == name:
                    found = self._submodule(view, rest.partition(".")[0])
                    return self._inside(found, rest.partition(".")[2], depth) if found is not None else UNKNOWN
            if not rest:
                return Symbol("module", package)
            first, _, inner = rest.partition(".")
            submodule = self._submodule(package, first)
            if submodule is not None and (inner or first not in package.bindings):
                return self._inside(submodule, inner, depth)
            return self._inside(self.member(package, first, depth + 1), inner, depth)
        for length in range(rest.count(".") + 1, 0, -1):
            parts = rest.split(".")
            path = "/".join([folder, *parts[:length]]).lstrip("/")
            found_view = self.project.by_path.get(f"{path}.py") or self.project.by_path.get(f"{path}/__init__.py")
            if found_view is not None:
                return self._inside(Symbol("module", found_view), ".".join(parts[length:]), depth)
        return UNKNOWN

    def _star_origin(self, view: View, star: str, depth: int) -> View | None:
        found = self._relative(view, star, depth + 1) if star.startswith(".") else self.absolute(star, view, depth + 1)
        return found.view if found.kind == "module" and found.view is not view else None

    def _star_names(self, view: View, depth: int) -> set[str]:
        names: set[str] = set()
        for star in view.namespace.stars:
            origin = self._star_origin(view, star, depth)
            if origin is not None:
                names.update(origin.bindings)
        return names

    def _inside(self, symbol: Symbol, rest: str, depth: int) -> Symbol:
        """Go from a symbol to its members, one dotted part at a time."""
        while rest:
            first, _, rest = rest.partition(".")
            if symbol.kind == "module" and symbol.view is not None:
                symbol = self.member(symbol.view, first, depth + 1)
            elif symbol.kind == "class" and symbol.view is not None and symbol.row is not None:
                symbol = self._class_member(symbol.view, symbol.row, first)
            elif symbol.kind == "external":
                return Symbol("external", name=f"{symbol.name}.{first}{'.' + rest if rest else ''}")
            else:
                return UNKNOWN if symbol.kind != "missing" else symbol
        return symbol

    def _class_member(self, view: View, row: Class, name: str) -> Symbol:
        inner = view.class_named.get(f"{row.qualname}.{name}")
        if inner is not None:
            return Symbol("class", view, inner)
        ancestry = self.ancestry(view, row)
        for _, each in ancestry.classes:
            if any(method.name == name for method in each.methods):
                return Symbol("function", view, name=name)
            if name in each.attributes:
                return Symbol("value", view, name=name)
        if not ancestry.certain or not ancestry.external <= PLAIN_BASES or name in _OBJECT_MEMBERS:
            return UNKNOWN
        return Symbol("missing", view, row, name=name)

    def ancestry(self, view: View, row: Class) -> Ancestry:
        """A class and its bases, across files."""
        key = (view.path, row.qualname)
        known = self._ancestries.get(key)
        if known is not None:
            return known
        self._ancestries[key] = Ancestry(((view, row),), frozenset(), False)
        classes: list[tuple[View, Class]] = [(view, row)]
        external: set[str] = set()
        certain = not row.dynamic and "?" not in row.bases
        for base in row.bases:
            found = self._base(view, row, base)
            if found.kind == "class" and found.view is not None and found.row is not None:
                above = self.ancestry(found.view, found.row)
                classes.extend(pair for pair in above.classes if pair not in classes)
                external |= above.external
                certain = certain and above.certain
            elif found.kind == "external":
                external.add(found.name)
            else:
                certain = False
        ancestry = Ancestry(tuple(classes), frozenset(external), certain)
        self._ancestries[key] = ancestry
        return ancestry

    def _base(self, view: View, row: Class, base: str) -> Symbol:
        if row.where != "module" and "." not in base:
            outer = row.qualname.rpartition(".")[0]
            while outer:
                local = view.class_named.get(f"{outer}.{base}")
                if local is not None and local is not row:
                    return Symbol("class", view, local)
                outer = outer.rpartition(".")[0]
        return self.resolve(view, base)


PLAIN_BASES: Final = frozenset(
    {
        "object", "abc.ABC", "ABC", "typing.Protocol", "Protocol", "typing_extensions.Protocol", "typing.Generic",
        "Generic", "enum.Enum", "Exception", "ValueError", "RuntimeError",
    }
)  # fmt: skip
"""External bases whose members everyone knows."""
_OBJECT_MEMBERS: Final = frozenset(
    {*dir(object), *dir(Exception), "__annotations__", "__slots__", "__weakref__", "name", "value", "__call__"}
)
