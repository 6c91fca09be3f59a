"""What a file's syntax asks of the interpreter: the version it needs, and what the compiler alone refuses."""

from __future__ import annotations

import ast
import sys
import warnings
from collections.abc import Iterator
from typing import Final

from goldenpath.audit.extraction.source import Source, digest, span
from goldenpath.audit.facts import Problem, Sighting
from goldenpath.audit.walk import Scope, statements


def newer_constructs(scopes: list[Scope], source: Source) -> Iterator[Sighting]:
    """The first construct of each kind that needs a Python newer than 3.8."""
    if not hasattr(ast, "TypeAlias") and all(_VERSIONED.isdisjoint(scope.buckets) for scope in scopes):
        return
    seen: set[str] = set()
    for scope in scopes:
        for node, version, what in _constructs(scope, source):
            if what not in seen:
                seen.add(what)
                yield Sighting("newer", span(node), scope.qualname, digest(what.encode()), version, what)


_VERSIONED: Final = frozenset({ast.Match, ast.TryStar, ast.Starred})
"""What constructs that this interpreter's parser may see newer than 3.8 leave behind; later parsers see more."""


def _constructs(scope: Scope, source: Source) -> Iterator[tuple[ast.AST, str, str]]:
    node = scope.node
    if getattr(node, "type_params", None):
        yield node, "3.12", "a type parameter list"
    for match in scope.every(ast.Match):
        yield match, "3.10", "a match statement"
    for group in scope.every(ast.TryStar):
        yield group, "3.11", "except*"
    alias = getattr(ast, "TypeAlias", None)
    if alias is not None:
        for statement in node.body:
            if isinstance(statement, alias):
                yield statement, "3.12", "a type statement"
    for item in scope.every(ast.Subscript):
        assert isinstance(item, ast.Subscript)
        if isinstance(item.slice, ast.Tuple) and any(isinstance(part, ast.Starred) for part in item.slice.elts):
            yield item, "3.11", "an unpacked index"
    if sys.version_info >= (3, 12):
        for text in scope.every(ast.JoinedStr):
            assert isinstance(text, ast.JoinedStr)
            if _reuses_quotes(text, source):
                yield text, "3.12", "an f-string that reuses its quotes"


def _reuses_quotes(text: ast.JoinedStr, source: Source) -> bool:
    inner = [
        part
        for value in text.values
        if isinstance(value, ast.FormattedValue)
        for part in ast.walk(value.value)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    if not inner:
        return False
    outer = source.segment(span(text)).lstrip(b"fFrRbBuU")
    quote = outer[:3] if outer[:3] in (b'"""', b"'''") else outer[:1]
    return any(source.segment(span(part)).lstrip(b"fFrRbBuU").startswith(quote) for part in inner)


def compile_problems(scopes: list[Scope], data: bytes) -> list[Problem]:
    """What the compiler refuses and the parser does not; it is asked only when something looks suspicious.

    Compiling costs as much again as parsing, and every error it adds leaves a trace that the walk has already seen.
    """
    names_debug = b"__debug__" in data
    if not names_debug and not _misplaces_future(scopes[0]) and not any(_suspicious(scope) for scope in scopes):
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(data, "<audited>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return [Problem("GP002", error.lineno or 1, max((error.offset or 1) - 1, 0), error.msg)]
    except (RecursionError, MemoryError, ValueError):
        return []
    return []


_OF_COROUTINES: Final = frozenset({ast.Await, ast.AsyncWith, ast.AsyncFor})
_OF_FUNCTIONS: Final = _OF_COROUTINES | {ast.Return, ast.Yield, ast.YieldFrom}
_NOTABLE: Final = _OF_COROUTINES | {
    ast.Yield, ast.YieldFrom, ast.Nonlocal, ast.Global, ast.Break, ast.Continue, ast.Starred,
}  # fmt: skip
"""Without one of these, only a parameter's name can be what the compiler refuses in a function."""


def _suspicious(scope: Scope) -> bool:
    buckets = scope.buckets
    if scope.kind == "function":
        names = scope.params
        if len(set(names)) != len(names):
            return True
    elif not _OF_FUNCTIONS.isdisjoint(buckets):
        return True
    if _NOTABLE.isdisjoint(buckets):
        return False
    if ast.Nonlocal in buckets or ast.Global in buckets:
        return True
    is_async = isinstance(scope.node, ast.AsyncFunctionDef)
    if not is_async and not _OF_COROUTINES.isdisjoint(buckets):
        return True
    if is_async and (ast.YieldFrom in buckets or (ast.Yield in buckets and ast.Return in buckets)):
        return True
    if (ast.Break in buckets or ast.Continue in buckets) and _loose(scope):
        return True
    return ast.Starred in buckets and any(isinstance(item.value, ast.Starred) for item in _assignments(scope))


def _misplaces_future(module: Scope) -> bool:
    late = False
    for statement in module.node.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            if late or any(alias.name not in _FUTURE for alias in statement.names):
                return True
        elif not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            late = True
    return False


_FUTURE = {
    "nested_scopes", "generators", "division", "absolute_import", "with_statement", "print_function",
    "unicode_literals", "generator_stop", "annotations",
}  # fmt: skip


def _assignments(scope: Scope) -> list[ast.Assign | ast.Expr]:
    return [
        item
        for kind in (ast.Assign, ast.Expr)
        for item in scope.every(kind)
        if isinstance(item, (ast.Assign, ast.Expr))
    ]


def _loose(scope: Scope) -> bool:
    """Whether a break or continue may stand outside every loop."""
    loops = [loop for kind in (ast.For, ast.AsyncFor, ast.While) for loop in scope.every(kind)]
    inside = {id(item) for loop in loops for item in statements(loop.body)}  # type: ignore[attr-defined]
    return any(id(item) not in inside for kind in (ast.Break, ast.Continue) for item in scope.every(kind))
