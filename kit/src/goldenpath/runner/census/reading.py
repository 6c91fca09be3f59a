"""From the text of one file to its facts, by one look at its syntax tree; nothing is imported."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from typing import Final

from goldenpath.runner.census.facts import EMPTY, Class, Fixture, Function, Module
from goldenpath.runner.census.literals import Marked, Names, marked, size

_WORTH_PARSING: Final = re.compile(rb"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+\w*test", re.MULTILINE | re.IGNORECASE)
_HIDING: Final = {
    "pytest.fixture": "@pytest.fixture makes a fixture of it",
    "pytest_asyncio.fixture": "@pytest_asyncio.fixture makes a fixture of it",
    "property": "@property makes a value of it",
    "functools.cached_property": "@cached_property makes a value of it",
}
_MAKERS: Final = {
    "dataclasses.dataclass": "@dataclass, which writes an __init__",
    "attr.s": "@attr.s, which writes an __init__",
    "attrs.define": "@attrs.define, which writes an __init__",
    "attr.define": "@attr.define, which writes an __init__",
}
_CHANGING: Final = {"append", "extend", "insert", "update", "add", "remove", "pop", "clear"}
_BRANCHES: Final = ("body", "orelse", "finalbody")
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS: Final = (*_FUNCTIONS, ast.ClassDef)


def may_hold_tests(source: bytes) -> bool:
    """Whether a file that is no test file by its name is worth a closer look."""
    return _WORTH_PARSING.search(source) is not None


def read_module(source: bytes) -> Module:
    """The facts of a file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except SyntaxError as error:
        return EMPTY._replace(problem=error.msg, line=error.lineno or 1)
    except (ValueError, RecursionError, MemoryError) as error:
        return EMPTY._replace(problem=str(error) or type(error).__name__, line=1)
    return _Reader(tree).module()


class _Reader:
    """Walks one tree, top down, never into the bodies of functions but to look for nested tests."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree
        self.statements = list(_statements(tree.body))
        self.names = Names(self._imported(), self._bound())
        self.nested: list[tuple[str, int]] = []
        self.classes: list[Class] = []
        self.fixtures: list[Fixture] = []

    def module(self) -> Module:
        """Everything about the file."""
        own = self._marks_of(self.tree.body)
        functions = self._functions(self.tree.body, "")
        for node, replaced in _definitions(self.tree.body):
            if isinstance(node, ast.ClassDef):
                self._class(node, "", replaced)
        return Module(
            "",
            0,
            tuple(functions),
            tuple(self.classes),
            *own[:3],
            tuple(sorted(self.names.imported.items())),
            tuple(self.nested),
            _switch(self.tree.body),
            self._skips(),
            self._ignored(),
            tuple(self.fixtures),
        )

    def _imported(self) -> dict[str, str]:
        imported: dict[str, str] = {}
        for node in self.statements:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    imported[name] = alias.name if alias.asname else name
            elif isinstance(node, ast.ImportFrom):
                origin = "." * node.level + (node.module or "")
                for alias in node.names:
                    joint = "" if origin.endswith(".") else "."
                    imported[alias.asname or alias.name] = f"{origin}{joint}{alias.name}"
        return imported

    def _bound(self) -> dict[str, ast.expr]:
        """Names that are given a value once and never changed at the top of the file."""
        bound: dict[str, ast.expr] = {}
        spoilt: set[str] = set()
        for node in self.statements:
            for target in _targets(node):
                if target in bound or not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
                    spoilt.add(target)
                else:
                    bound[target] = node.value
            call = node.value if isinstance(node, ast.Expr) else None
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _CHANGING:
                spoilt.update([call.func.value.id] if isinstance(call.func.value, ast.Name) else [])
        return {name: value for name, value in bound.items() if name not in spoilt}

    def _marks_of(self, body: Sequence[ast.stmt]) -> Marked:
        for node in body:
            if "pytestmark" in _targets(node) and isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value:
                return marked([node.value], self.names)
        return Marked()

    def _functions(self, body: Sequence[ast.stmt], owner: str) -> list[Function]:
        found = []
        for node, replaced in _definitions(body):
            if not isinstance(node, _FUNCTIONS):
                continue
            marks = marked(node.decorator_list, self.names)
            hidden = "" if f"{node.name}.__test__" not in _switched_off(body) else "its __test__ is set to False"
            for decorator in node.decorator_list:
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                name = self.names.canonical(called)
                hidden = hidden or _HIDING.get(name, "")
                if name.endswith(".fixture") and name in _HIDING:
                    self._fixture(node, decorator, owner)
            wants = tuple(each for each in (*_arguments(node), *marks.used) if each not in marks.given)
            found.append(
                Function(node.name, node.lineno, marks.times, marks.exact, marks.marks, hidden, replaced, wants)
            )
            self._look_into(node, f"{owner}.{node.name}" if owner else node.name)
        return found

    def _fixture(self, node: ast.FunctionDef | ast.AsyncFunctionDef, decorator: ast.expr, owner: str) -> None:
        options = {each.arg: each.value for each in decorator.keywords} if isinstance(decorator, ast.Call) else {}
        name, params, automatic = options.get("name"), options.get("params"), options.get("autouse")
        length = 1 if params is None else size(params, self.names)
        self.fixtures.append(
            Fixture(
                str(name.value) if isinstance(name, ast.Constant) else node.name,
                owner,
                length or 1,
                length is not None,
                tuple(_arguments(node)),
                isinstance(automatic, ast.Constant) and bool(automatic.value),
            )
        )

    def _look_into(self, node: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> None:
        """Tests inside of a test that nothing there reads: `def test_…` one indentation too deep."""
        inner = [each for each in _statements(node.body) if isinstance(each, _FUNCTIONS)]
        inner = [each for each in inner if each.name.startswith("test_") and not each.decorator_list]
        if not inner:
            return
        read = {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}
        if read.isdisjoint({"locals", "vars", "exec"}):
            self.nested.extend((f"{name}.{each.name}", each.lineno) for each in inner if each.name not in read)

    def _class(self, node: ast.ClassDef, owner: str, replaced: int) -> None:
        name = f"{owner}.{node.name}" if owner else node.name
        functions = self._functions(node.body, name)
        marks = marked(node.decorator_list, self.names)
        own = self._marks_of(node.body)
        maker = next((each.name for each in functions if each.name in {"__init__", "__new__"}), "")
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            maker = maker or _MAKERS.get(self.names.canonical(called), "")
        place = len(self.classes)
        for inner, covered in _definitions(node.body):
            if isinstance(inner, ast.ClassDef):
                self._class(inner, name, covered)
        found = Class(
            name,
            node.lineno,
            tuple(filter(None, (self.names.canonical(_plain(base)) for base in node.bases))),
            tuple(functions),
            maker,
            _switch(node.body),
            (*marks.marks, *own.marks),
            marks.times * own.times,
            marks.exact and own.exact,
            replaced,
        )
        self.classes.insert(place, found)

    def _skips(self) -> str:
        """`pytest.skip(..., allow_module_level=True)` or `pytest.importorskip(...)` outside of every function."""
        for node in self.statements:
            value = getattr(node, "value", None)
            if isinstance(value, ast.Call):
                name = self.names.canonical(value.func)
                if name in {"pytest.skip", "pytest.importorskip"}:
                    return f"{name} in line {node.lineno}"
        return ""

    def _ignored(self) -> tuple[str, ...]:
        value = self.names.bound.get("collect_ignore")
        elements = value.elts if isinstance(value, (ast.List, ast.Tuple)) else ()
        return tuple(part.value for part in elements if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """The arguments that fixtures fill: those without a default."""
    plain = [*node.args.posonlyargs, *node.args.args]
    yield from (each.arg for each in plain[: len(plain) - len(node.args.defaults)] if each.arg not in {"self", "cls"})
    yield from (
        each.arg for each, value in zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True) if value is None
    )


def _plain(base: ast.expr) -> ast.expr:
    """`Case[int]` is a `Case`."""
    return base.value if isinstance(base, ast.Subscript) else base


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Every statement of a body, branches included, functions and classes not entered."""
    for node in body:
        yield node
        if not isinstance(node, _DEFINITIONS):
            for block in _blocks(node):
                yield from _statements(block)


def _blocks(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    for field in _BRANCHES:
        block = getattr(node, field, None)
        if block:
            yield block
    for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield part.body


def _definitions(
    body: Sequence[ast.stmt],
) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, int]]:
    """The functions and classes of a body, and where each one's name is taken by something else further down.

    Alternatives (`if`, `else`, `except`) do not replace each other, for only one of them is executed; of two that
    would be the same test, the later one stands for both.
    """
    later: dict[str, int] = {}
    found = []
    for node in reversed(body):
        if isinstance(node, _DEFINITIONS):
            found.append((node, later.get(node.name, 0)))
            later[node.name] = node.lineno
            continue
        below = [each for block in _blocks(node) for each in _statements(block) if isinstance(each, _DEFINITIONS)]
        known = {name: line for name, line in later.items() if line}
        for each in reversed(below):
            if each.name not in later or each.name in known:
                found.append((each, known.get(each.name, 0)))
            later.setdefault(each.name, 0)
        if not below:
            constant = isinstance(getattr(node, "value", None), ast.Constant)
            for name in _targets(node) if constant or isinstance(node, ast.Delete) else ():
                later.setdefault(name, node.lineno)
    yield from reversed(found)


def _targets(node: ast.stmt) -> list[str]:
    """The plain names that a statement gives a value to, or takes away."""
    if isinstance(node, (ast.Assign, ast.Delete)):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    if isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        return [node.target.id] if isinstance(node.target, ast.Name) else []
    return []


def _switch(body: Sequence[ast.stmt]) -> int:
    for node in body:
        if isinstance(node, ast.Assign) and "__test__" in _targets(node) and isinstance(node.value, ast.Constant):
            return 1 if node.value.value else -1
    return 0


def _switched_off(body: Sequence[ast.stmt]) -> set[str]:
    """`test_a.__test__` of statements that set it to False."""
    return {
        f"{target.value.id}.{target.attr}"
        for node in body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and not node.value.value
        for target in node.targets
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name)
    }
