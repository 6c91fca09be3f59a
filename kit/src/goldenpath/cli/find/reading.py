"""What a Python file offers to the tests of others, read from its syntax: nothing is imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from goldenpath.cli.find.entry import Entry

DOUBLE: Final = re.compile(r"(?:^_*|(?<=[a-z0-9]))(?:Mock|Fake|Stub|Dummy|Spy|Double)(?=[A-Z_]|$)")
"""A class that says it stands for something else."""
MADE: Final = {
    "EventContract": "contract",
    "load_contract": "contract",
    "parse_contract": "contract",
    "Service": "service",
}
"""What an assignment of a call of this name defines."""
CHECKS: Final = ("assert_", "expect_", "verify_", "check_")
DEFAULT: Final = 24
"""Characters of a default value that are shown."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef


class File(NamedTuple):
    """A file, as a place for what it defines."""

    place: str
    origin: str
    suite: bool
    """Whether it belongs to a test suite, so that its functions are meant for tests."""


def read(source: str, file: File) -> Iterator[Entry]:
    """Everything in the file that another test could use."""
    for node in ast.parse(source).body:
        if isinstance(node, Definition):
            yield from _function(node, file)
        elif isinstance(node, ast.ClassDef):
            yield from _class(node, file)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            yield from _assigned(node, file)


def summary(node: Definition | ast.ClassDef | ast.Module) -> str:
    """The first sentence of what a docstring says."""
    lines = (ast.get_docstring(node) or "").split("\n\n")[0].split()
    return " ".join(lines)


def signature(node: Definition, *, bound: bool = False) -> str:
    """The parameters by name, with their defaults; without the first one where that is filled in by the call."""
    given = node.args
    plain = [*given.posonlyargs, *given.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(given.defaults)) + list(given.defaults)
    parts = [_parameter(each, default) for each, default in zip(plain, defaults, strict=True)][1 if bound else 0 :]
    if given.vararg or given.kwonlyargs:
        parts.append(f"*{given.vararg.arg}" if given.vararg else "*")
    parts += [_parameter(each, default) for each, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    if given.kwarg:
        parts.append(f"**{given.kwarg.arg}")
    return f"({', '.join(parts)})"


def _parameter(parameter: ast.arg, default: ast.expr | None) -> str:
    if default is None:
        return parameter.arg
    shown = ast.unparse(default)
    return f"{parameter.arg}={shown if len(shown) <= DEFAULT else '...'}"


def _function(node: Definition, file: File) -> Iterator[Entry]:
    fixture = next((name for name in (_fixture(each, node.name) for each in node.decorator_list) if name), "")
    at = f"{file.place}:{node.lineno}"
    if fixture:
        yield Entry("fixture", fixture, summary(node), at, "", file.origin)
    elif file.suite and not node.name.startswith(("_", "test", "pytest_")):
        kind = "assertion" if node.name.startswith(CHECKS) else "double" if _makes_double(node.name) else "helper"
        yield Entry(kind, node.name, summary(node), at, signature(node), file.origin)


def _fixture(decorator: ast.expr, name: str) -> str:
    """The name of the fixture that a decorator makes of a function, or nothing."""
    call = decorator if isinstance(decorator, ast.Call) else None
    named = _last(call.func if call else decorator)
    if named not in {"fixture", "async_fixture", "yield_fixture"}:
        return ""
    for keyword in call.keywords if call else ():
        if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return name


def _makes_double(name: str) -> bool:
    return any(word in {"mock", "fake", "stub", "dummy", "double"} for word in name.split("_"))


def _class(node: ast.ClassDef, file: File) -> Iterator[Entry]:
    at, told = f"{file.place}:{node.lineno}", summary(node)
    bases = [_last(base) for base in node.bases]
    if DOUBLE.search(node.name):
        yield Entry("double", node.name, told, at, "", file.origin)
    elif any(base.endswith("TestCase") for base in bases) and not _has_tests(node):
        yield Entry("case", node.name, told, at, "", file.origin)
    elif file.suite and not node.name.startswith(("_", "Test")):
        yield Entry("helper", node.name, told, at, "", file.origin)
    for each in node.body:
        checks = isinstance(each, Definition) and each.name.startswith(CHECKS)
        if isinstance(each, Definition) and checks and (file.suite or "Assertions" in node.name):
            name = f"{node.name}.{each.name}"
            yield Entry(
                "assertion",
                name,
                summary(each),
                f"{file.place}:{each.lineno}",
                signature(each, bound=True),
                file.origin,
            )


def _has_tests(node: ast.ClassDef) -> bool:
    return any(isinstance(each, Definition) and each.name.startswith("test") for each in node.body)


def _assigned(node: ast.Assign | ast.AnnAssign, file: File) -> Iterator[Entry]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    call = node.value
    kind = MADE.get(_last(call.func)) if isinstance(call, ast.Call) else None
    if kind and isinstance(targets[0], ast.Name):
        shown = next((ast.unparse(each) for each in getattr(call, "args", ())), "")
        yield Entry(kind, targets[0].id, shown[:80], f"{file.place}:{node.lineno}", "", file.origin)


def _last(node: ast.expr) -> str:
    """The last part of a dotted name."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
