"""What a dotted name in a scope stands for, as far as the file itself can tell."""

from __future__ import annotations

import ast
import builtins
from functools import cached_property

from goldenpath.audit.extraction.source import span
from goldenpath.audit.facts import Binding, Import, Namespace
from goldenpath.audit.vocabulary import role_of
from goldenpath.audit.walk import Scope, dotted

_BUILTINS = frozenset(dir(builtins))
_NAME_MAKERS = {
    "globals",
    "exec",
    "vars",
    "locals",
    "setattr",
    "lazy_import",
    "attach",
    "attach_stub",
    "extend_path",
    "execfile",
}
_NAME_READERS = {
    "getLogger",
    "get_logger",
    "Flask",
    "Blueprint",
    "str",
    "print",
    "import_module",
    "repr",
    "Celery",
    "files",
}
_GUARDING = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException", "AttributeError", ""}


class Names:
    """The imports of a file by scope, and the names its module offers."""

    def __init__(self, scopes: list[Scope]) -> None:
        self.module = scopes[0]
        self._scopes = scopes
        self.imports: list[Import] = []
        self.stars: list[str] = []
        importing = [scope for scope in scopes if ast.Import in scope.buckets or ast.ImportFrom in scope.buckets]
        self._guards = _guards(self.module.node) if _may_be_guarded(importing) else {}  # type: ignore[arg-type]
        for scope in importing:
            self._read_imports(scope)
        self._of_module = self.module.aliases

    def canonical(self, scope: Scope, name: str) -> str:
        """The absolute dotted name, or "" when the first part is a local variable.

        Relative imports keep their leading dots: only the project knows what package the file is in.
        """
        first, dot, rest = name.partition(".")
        here: Scope | None = scope
        while here is not None and here.kind != "module":
            if first in here.aliases:
                return here.aliases[first] + dot + rest
            if here.kind == "function" and (first in here.stores or first in here.params):
                return ""
            here = here.outer
        meant = self._of_module.get(first)
        return name if meant is None else meant + dot + rest

    @cached_property
    def imported(self) -> frozenset[str]:
        """Every name that an import binds somewhere in the file."""
        return frozenset(name for scope in self._scopes for name in scope.aliases)

    @cached_property
    def of_file(self) -> frozenset[str]:
        """The names whose meaning only this file knows: what its module level defines or assigns."""
        return frozenset(self.module.stores) - _BUILTINS

    def local_names(self, roots: frozenset[str]) -> set[str]:
        """Every name that stands, in some scope, for one of these top modules or for something inside of one."""
        found = set(roots)
        for scope in self._scopes:
            for name, meaning in scope.aliases.items():
                if meaning.partition(".")[0] in roots:
                    found.add(name)
        return found

    def namespace(self, classes: dict[str, int]) -> Namespace:
        """The bindings of the module, imports and definitions included."""
        node = self.module.node
        bindings: dict[str, Binding] = {name: Binding("value") for name in self.module.stores}
        for name, meaning in self._of_module.items():
            bindings[name] = Binding("several") if name in bindings else Binding("import", meaning)
        counts: dict[str, int] = {}
        for inner in self.module.inner:
            counts[inner.name] = counts.get(inner.name, 0) + 1
        top_level = {id(statement) for statement in node.body}
        for inner in self.module.inner:
            if counts[inner.name] > 1 or inner.name in self._of_module or id(inner.node) not in top_level:
                bindings[inner.name] = Binding("several")
            elif inner.kind == "class":
                bindings[inner.name] = Binding("class", str(classes[inner.name]))
            else:
                bindings[inner.name] = Binding("function")
        assigned: dict[str, int] = {}
        for statement in self.module.every(ast.Assign):
            for target in statement.targets:  # type: ignore[attr-defined]
                if isinstance(target, ast.Name):
                    assigned[target.id] = assigned.get(target.id, 0) + 1
        for statement in node.body:
            if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
                target = statement.targets[0]
                meant = dotted(statement.value)
                if (
                    isinstance(target, ast.Name)
                    and meant
                    and assigned[target.id] == 1
                    and bindings[target.id].kind == "value"
                ):
                    bindings[target.id] = Binding("alias", self.canonical(self.module, meant))
        own = {inner.name for inner in self.module.inner if inner.kind == "class"}
        own.update(inner.name for inner in self.module.inner if inner.name.startswith("test"))
        mentions = {name for scope in self._scopes for name in _read(scope, own)} if own else set()
        plain: dict[str, list[str]] = {}
        targeted: dict[str, dict[str, str]] = {}
        for name, binding in bindings.items():
            if binding.target:
                targeted.setdefault(binding.kind, {})[name] = binding.target
            else:
                plain.setdefault(binding.kind, []).append(name)
        return Namespace(plain, targeted, self.stars, self._dynamic(), sorted(mentions), self._touched())

    def _touched(self) -> list[str]:
        """The attributes a file uses, when it defines or imports doubles."""
        names = [scope.name for scope in self._scopes if scope.kind == "class"]
        names += self.imported
        if not any(role_of(name) for name in names):
            return []
        found = {item.attr for scope in self._scopes for item in scope.every(ast.Attribute)}  # type: ignore[attr-defined]
        return sorted(found)

    def _dynamic(self) -> bool:
        module = self.module
        if "__getattr__" in module.stores or "__path__" in module.stores:
            return True
        if ast.Match in module.buckets or any(_makes_names(call) for call in module.every(ast.Call)):
            return True
        if any(dotted(item.value) == "sys.modules" for item in module.every(ast.Subscript)):  # type: ignore[attr-defined]
            return True
        return any(_declares_global(inner) for inner in _functions(module))

    def _read_imports(self, scope: Scope) -> None:
        aliases = scope.aliases
        for node in scope.every(ast.Import):
            assert isinstance(node, ast.Import)
            guard = self._guards.get(id(node), "")
            for alias in node.names:
                self.imports.append(Import(span(node), scope.qualname, alias.name, 0, [], guard))
                if alias.asname:
                    aliases[alias.asname] = alias.name
                else:
                    first = alias.name.partition(".")[0]
                    aliases[first] = first
        for node in scope.every(ast.ImportFrom):
            assert isinstance(node, ast.ImportFrom)
            guard = self._guards.get(id(node), "")
            module, level = node.module or "", node.level
            names = [alias.name for alias in node.names]
            self.imports.append(Import(span(node), scope.qualname, module, level, names, guard))
            origin = "." * level + module
            if "*" in names:
                self.stars.append(origin)
                continue
            prefix = origin if origin.endswith(".") else origin + "."
            for alias in node.names:
                aliases[alias.asname or alias.name] = prefix + alias.name


def _read(scope: Scope, own: set[str]) -> list[str]:
    """Which of some names a scope reads, other than to name itself in `super(Name, self)`."""
    if own.isdisjoint(scope.loads):
        return []
    read = [name for name in scope.loads if name in own]
    if ast.Call in scope.buckets:
        for call in scope.every(ast.Call):
            assert isinstance(call, ast.Call)
            first = call.args[0] if call.args else None
            if isinstance(first, ast.Name) and first.id in read and dotted(call.func) == "super":
                read.remove(first.id)
    return read


def _makes_names(call: ast.AST) -> bool:
    """Whether a call at module level may add names to its module: it is known to, or it is told the module's name."""
    assert isinstance(call, ast.Call)
    name = dotted(call.func).rpartition(".")[2]
    if name in _NAME_MAKERS:
        return True
    handed = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(item, ast.Name) and item.id == "__name__" for item in handed) and name not in _NAME_READERS


def _functions(scope: Scope) -> list[Scope]:
    found = list(scope.inner)
    for inner in found:
        found.extend(inner.inner)
    return [inner for inner in found if inner.kind == "function"]


def _declares_global(scope: Scope) -> bool:
    """A function that assigns a global no module statement assigns makes names appear."""
    module = scope
    while module.outer is not None:
        module = module.outer
    return any(
        name in scope.stores and name not in module.stores
        for node in scope.every(ast.Global)
        for name in node.names  # type: ignore[attr-defined]
    )


def _may_be_guarded(importing: list[Scope]) -> bool:
    """Whether some import is anything but a statement of the module itself."""
    if len(importing) > 1 or (importing and importing[0].kind != "module"):
        return True
    return any(
        sum(statement.__class__ is kind for statement in scope.node.body) != len(scope.every(kind))
        for scope in importing
        for kind in (ast.Import, ast.ImportFrom)
    )


def _guards(module: ast.Module) -> dict[int, str]:
    """Which import statements may fail, or may not even run, without harm; by the statement's identity."""
    guards: dict[int, str] = {}
    todo: list[tuple[ast.stmt, str]] = [(statement, "") for statement in module.body]
    for statement, guard in todo:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            if guard:
                guards[id(statement)] = guard
        elif isinstance(statement, (ast.Try, ast.TryStar)):
            inside = guard or ("try" if any(_catches_import(handler) for handler in statement.handlers) else "")
            todo.extend((child, inside) for child in statement.body)
            rest = [
                *statement.orelse,
                *statement.finalbody,
                *(child for handler in statement.handlers for child in handler.body),
            ]
            todo.extend((child, guard or "try") for child in rest)
        elif isinstance(statement, ast.If):
            inside = guard or ("type" if dotted(statement.test).endswith("TYPE_CHECKING") else "if")
            todo.extend((child, inside) for child in statement.body)
            todo.extend((child, guard or "if") for child in statement.orelse)
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            todo.extend((child, guard or "try") for child in statement.body)
        elif isinstance(statement, (ast.For, ast.While)):
            todo.extend((child, guard or "if") for child in (*statement.body, *statement.orelse))
        elif isinstance(statement, ast.ClassDef):
            todo.extend((child, guard) for child in statement.body)
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            todo.extend((child, guard or "call") for child in statement.body)
    return guards


def _catches_import(handler: ast.ExceptHandler) -> bool:
    caught = handler.type
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(dotted(name).rpartition(".")[2] in _GUARDING for name in names)
