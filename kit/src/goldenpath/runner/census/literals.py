"""Counting and naming what stands in decorators, as far as it stands there literally."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

_DEPTH: Final = 8
_WRAPPERS: Final = {"list", "tuple", "sorted", "reversed", "enumerate"}
_VIEWS: Final = {"items", "keys", "values"}


class Marked(NamedTuple):
    """What decorators say about a test."""

    marks: tuple[str, ...] = ()
    times: int = 1
    exact: bool = True
    given: tuple[str, ...] = ()
    """Arguments that `parametrize` gives, and no fixture."""
    used: tuple[str, ...] = ()
    """Fixtures of `usefixtures`."""


class Names(NamedTuple):
    """What the names of a file stand for: imported things, and expressions bound once at the top."""

    imported: Mapping[str, str]
    bound: Mapping[str, ast.expr]

    def canonical(self, node: ast.expr) -> str:
        """The dotted name of an expression, written out in full; empty where it has none."""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        parts.append(self.imported.get(node.id, node.id))
        return ".".join(reversed(parts))


def marked(decorators: Sequence[ast.expr], names: Names) -> Marked:
    """The marks of a list of decorators, and how many tests their parametrisation makes of one."""
    marks: list[str] = []
    given: list[str] = []
    used: list[str] = []
    count, exact = 1, True
    for node in _unfolded(decorators, names):
        call = node if isinstance(node, ast.Call) else None
        name = names.canonical(call.func if call else node)
        if not name.startswith("pytest.mark."):
            continue
        mark = name.split(".")[2]
        if mark != "parametrize":
            marks.append(mark)
            if call and mark == "usefixtures":
                used.extend(str(part.value) for part in call.args if isinstance(part, ast.Constant))
            continue
        if call and not any(keyword.arg == "indirect" for keyword in call.keywords):
            given.extend(_argument_names(call))
        values = _values(call) if call else None
        length = None if values is None else size(values, names)
        exact = exact and length is not None
        count *= 1 if length is None else max(length, 1)
    return Marked(tuple(dict.fromkeys(marks)), count, exact, tuple(given), tuple(used))


def _argument_names(call: ast.Call) -> list[str]:
    node = call.args[0] if call.args else next((each.value for each in call.keywords if each.arg == "argnames"), None)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [part.strip() for part in node.value.split(",")]
    parts = node.elts if isinstance(node, (ast.List, ast.Tuple)) else []
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]


def _unfolded(nodes: Sequence[ast.expr], names: Names) -> Iterator[ast.expr]:
    """Decorators, lists of marks, and names bound to either at the top of the file."""
    for node in nodes:
        for _ in range(_DEPTH):
            if isinstance(node, ast.Name) and node.id in names.bound:
                node = names.bound[node.id]
        if isinstance(node, (ast.List, ast.Tuple)):
            yield from _unfolded(node.elts, names)
        else:
            yield node


def _values(call: ast.Call) -> ast.expr | None:
    if len(call.args) > 1:
        return call.args[1]
    return next((keyword.value for keyword in call.keywords if keyword.arg == "argvalues"), None)


def size(node: ast.expr, names: Names, depth: int = _DEPTH) -> int | None:
    """How many values an expression has, or None where only running it would tell."""
    if depth == 0:
        return None
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        sizes = [size(part.value, names, depth - 1) if isinstance(part, ast.Starred) else 1 for part in node.elts]
        if isinstance(node, ast.Set) and len(sizes) > 1 and not _distinct(node):
            return None
        return None if None in sizes else sum(each or 0 for each in sizes)
    if isinstance(node, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        return len(keys) if None not in keys and len(set(keys)) == len(keys) else None
    if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)):
        return len(node.value)
    if isinstance(node, ast.Name) and node.id in names.bound:
        return size(names.bound[node.id], names, depth - 1)
    if isinstance(node, ast.BinOp):
        return _combined(node, names, depth)
    return _called(node, names, depth) if isinstance(node, ast.Call) else None


def _distinct(node: ast.Set) -> bool:
    values = [part.value for part in node.elts if isinstance(part, ast.Constant)]
    return len(values) == len(node.elts) == len(set(values))


def _combined(node: ast.BinOp, names: Names, depth: int) -> int | None:
    left = size(node.left, names, depth - 1)
    if isinstance(node.op, ast.Mult) and isinstance(node.right, ast.Constant) and isinstance(node.right.value, int):
        return None if left is None else left * max(node.right.value, 0)
    right = size(node.right, names, depth - 1)
    return left + right if isinstance(node.op, ast.Add) and left is not None and right is not None else None


def _called(node: ast.Call, names: Names, depth: int) -> int | None:
    if isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS and not node.args:
        return size(node.func.value, names, depth - 1)
    if not isinstance(node.func, ast.Name) or not node.args or node.func.id in names.imported:
        return None
    if node.func.id == "range":
        bounds = [part.value if isinstance(part, ast.Constant) else None for part in node.args]
        if all(isinstance(bound, int) for bound in bounds):
            return len(range(*bounds))  # type: ignore[arg-type]
        return None
    return size(node.args[0], names, depth - 1) if node.func.id in _WRAPPERS else None
