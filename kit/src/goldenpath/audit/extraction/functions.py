"""Functions of test code as rows: what they call, whether they check anything, how far their meaning travels."""

from __future__ import annotations

import ast
import builtins
from typing import Final

from goldenpath.audit.extraction.classes import decorators_of
from goldenpath.audit.extraction.names import Names
from goldenpath.audit.extraction.source import Source, digest, headline, normal, span
from goldenpath.audit.facts import Function
from goldenpath.audit.vocabulary import promises_check
from goldenpath.audit.walk import FunctionNode, Scope, dotted, tail

_BUILTINS: Final = frozenset(dir(builtins))
_MANY_CALLS: Final = 60


def function_row(scope: Scope, names: Names, source: Source) -> Function:
    """One function of a file that has to do with tests."""
    node = scope.node
    assert isinstance(node, FunctionNode)
    outer = scope.outer
    assert outer is not None
    below = _below(scope) if scope.inner else [scope]
    checks = any(map(_checks, below))
    is_test = node.name.startswith("test")
    weight = 0
    body = reach = ""
    if is_test:
        weight = len(node.body) - _has_docstring(node)
        if weight > 1:
            body, reach = _body_digest(node, below, names, source)
    return Function(
        name=node.name,
        qualname=scope.qualname,
        span=headline(node),
        where=outer.kind,
        is_async=isinstance(node, ast.AsyncFunctionDef),
        yields=ast.Yield in scope.buckets or ast.YieldFrom in scope.buckets,
        params=scope.params,
        decorators=decorators_of(node, outer, names),
        asserts=checks,
        calls=[] if checks else _calls(below, names),
        empty=all(_does_nothing(part) for part in node.body),
        weight=weight,
        body=body,
        reach=reach,
    )


def _below(scope: Scope) -> list[Scope]:
    found = [scope]
    for each in found:
        found.extend(each.inner)
    return found


def _checks(scope: Scope) -> bool:
    if ast.Assert in scope.buckets or ast.Raise in scope.buckets:
        return True
    for call in scope.every(ast.Call):
        name = tail(call.func)  # type: ignore[attr-defined]
        if name and promises_check(name):
            return True
        for keyword in call.keywords:  # type: ignore[attr-defined]
            if keyword.arg == "check":
                return True
    return False


def _calls(scopes: list[Scope], names: Names) -> list[str]:
    """The names a function calls or passes on, canonical; `param:` marks one it was handed."""
    found: dict[str, None] = {}
    for scope in scopes:
        for call in scope.every(ast.Call):
            name = dotted(call.func)  # type: ignore[attr-defined]
            if not name:
                continue
            first = name.partition(".")[0]
            if first in {"self", "cls"}:
                found[name] = None
            elif first in scope.params:
                if first == name:
                    found[f"param:{name}"] = None
            else:
                meant = names.canonical(scope, name)
                if meant:
                    found[meant] = None
                elif "." not in name and name not in _BUILTINS:
                    found[f"param:{name}"] = None
        for name in scope.loads:
            if name not in _BUILTINS and not scope.binds(name):
                meant = names.canonical(scope, name)
                if meant:
                    found[meant] = None
    return list(found)[:_MANY_CALLS]


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Return):
        return node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and not _is_doctest(node.value.value)


def _is_doctest(text: object) -> bool:
    """A docstring with examples may be the test itself."""
    return isinstance(text, str) and ">>>" in text


def _has_docstring(node: FunctionNode) -> int:
    first = node.body[0]
    return int(
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )


def _dedented(lines: list[bytes], indent: bytes) -> bytes:
    """The lines of a body without its indentation, blank and comment lines; blanks inside of lines may be data."""
    text = b"\n".join(lines)
    if b"#" in text or b"\n\n" in text or b" \n" in text or b"\t\n" in text:
        text = b"\n".join(line.rstrip() for line in lines if line.strip() and not line.lstrip().startswith(b"#"))
    return text.replace(b"\n" + indent, b"\n").strip()


def _body_digest(node: FunctionNode, scopes: list[Scope], names: Names, source: Source) -> tuple[str, str]:
    """The body's text and the meaning of its global names, and whether that meaning leaves the class or the file."""
    first = node.body[_has_docstring(node)]
    last = node.body[-1]
    decoration = b"".join(normal(source.segment(span(item))) for item in node.decorator_list)
    lines = source.lines[first.lineno - 1 : last.end_lineno]
    text = decoration + _dedented(lines, lines[0][: first.col_offset])
    free: set[str] = set()
    for scope in scopes:
        free.update(scope.loads)
    for scope in scopes:
        free.difference_update(scope.stores, scope.params)
    meanings = [names.canonical(scopes[0], name) for name in sorted(free & names.imported)]
    reach = "" if free.isdisjoint(names.of_file) else "file"
    if scopes[0].params[:1] == ["self"]:
        reach = "class"
    if any(meaning.startswith(".") for meaning in meanings):
        reach = reach or "file"
    handed = ",".join(scopes[0].params)
    return digest(text + handed.encode() + ",".join(meanings).encode()), reach
