"""What is odd about a test function's own statements: checks that cannot fail, or that nobody reaches."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from goldenpath.audit.extraction.names import Names
from goldenpath.audit.extraction.source import digest, headline, span
from goldenpath.audit.facts import Sighting
from goldenpath.audit.vocabulary import is_plain_decorator, promises_check
from goldenpath.audit.walk import FunctionNode, Scope, dotted, statements, tail

_BROAD: Final = {"Exception", "BaseException", "AssertionError"}
_QUIET_CALLS: Final = {
    "print",
    "pprint",
    "warn",
    "debug",
    "info",
    "warning",
    "error",
    "exception",
    "print_exc",
    "write",
    "log",
    "sleep",
    "echo",
}
_SKIPS: Final = {"pytest.skip", "self.skipTest", "unittest.SkipTest", "pytest.importorskip"}
_PLATFORM: Final = {"sys", "os", "platform", "version", "PY", "WINDOWS", "LINUX", "MACOS", "IS"}
_LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)
_TRIES: Final = (ast.Try, ast.TryStar)
_GUARDED: Final = frozenset({ast.Try, ast.TryStar, ast.With, ast.AsyncWith})
"""The statements that can keep a failure from a test; without one there is nothing to look for in its blocks."""


def oddities(scope: Scope, names: Names) -> Iterator[Sighting]:
    """What is odd about one scope of a file that has to do with tests."""
    node = scope.node
    if not isinstance(node, FunctionNode):
        yield from _shadowed(scope, names)
        return
    blocks = [] if _GUARDED.isdisjoint(scope.buckets) else list(_blocks(node.body, False))
    yield from _skips(scope, names, blocks)
    yield from _nested(scope)
    if not node.name.startswith("test"):
        return
    yield from _swallowed(scope, names, blocks)
    yield from _tautologies(scope)
    yield from _returned(scope)
    if ast.If in scope.buckets and _only_conditional(node.body):
        yield _mark("conditional", scope, node)


def _mark(kind: str, scope: Scope, node: ast.AST, detail: str = "", extra: str = "", text: str = "") -> Sighting:
    place = headline(node) if isinstance(node, (*_DEFINITIONS,)) else span(node)
    return Sighting(kind, place, scope.qualname, digest((text or kind).encode()), detail, extra)


_DEFINITIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def _blocks(body: list[ast.stmt], in_loop: bool) -> Iterator[tuple[list[ast.stmt], bool]]:
    """Every list of statements below a body, and whether a loop stands around it."""
    todo = [(body, in_loop)]
    for block, looped in todo:
        for item in block:
            if isinstance(item, _DEFINITIONS):
                continue
            for field in ("body", "orelse", "finalbody"):
                below = getattr(item, field, None)
                if below:
                    todo.append((below, looped or isinstance(item, _LOOPS)))
            todo.extend((handler.body, looped) for handler in getattr(item, "handlers", ()))
            todo.extend((case.body, looped) for case in getattr(item, "cases", ()))
    yield from todo


def _swallowed(scope: Scope, names: Names, blocks: list[tuple[list[ast.stmt], bool]]) -> Iterator[Sighting]:
    for block, looped in blocks:
        for index, item in enumerate(block):
            if isinstance(item, _TRIES):
                handler = _broad_handler(item, scope, names)
                if (
                    handler is None
                    or not _holds_assertion(item.body)
                    or any(_fails(part) for part in (*item.orelse, *item.finalbody))
                ):
                    continue
                if _is_quiet(handler.body, looped, bool(block[index + 1 :])) and not _leaves(item.body, looped):
                    caught = ast.unparse(handler.type) if handler.type else "everything"
                    yield _mark("swallowed", scope, handler, caught, text=f"swallowed {caught}")
            elif _suppresses(item, scope, names):
                yield _mark("swallowed", scope, item, "contextlib.suppress", text="suppress")


def _broad_handler(item: ast.Try | ast.TryStar, scope: Scope, names: Names) -> ast.ExceptHandler | None:
    """The handler that a failing assertion lands in, when it is one that catches broadly or catches assertions."""
    for handler in item.handlers:
        if handler.type is None:
            return handler
        caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        if any(names.canonical(scope, dotted(name)).removeprefix("builtins.") in _BROAD for name in caught):
            return handler
    return None


def _holds_assertion(body: list[ast.stmt]) -> bool:
    for item in statements(body):
        if isinstance(item, ast.Assert):
            return True
        if isinstance(item, ast.Expr):
            value = item.value.value if isinstance(item.value, ast.Await) else item.value
            if isinstance(value, ast.Call) and tail(value.func).startswith("assert"):
                return True
    return False


def _fails(part: ast.stmt) -> bool:
    return any(
        isinstance(item, (ast.Raise, ast.Assert)) or (isinstance(item, ast.Call) and promises_check(tail(item.func)))
        for item in ast.walk(part)
    )


def _leaves(body: list[ast.stmt], looped: bool) -> bool:
    """The try is a question, not a check: it fails by itself, or success leaves the loop or the function."""
    for item in statements(body):
        if isinstance(item, ast.Raise) or (isinstance(item, (ast.Break, ast.Return, ast.Continue)) and looped):
            return True
        if isinstance(item, ast.Return):
            return True
        if (
            isinstance(item, ast.Expr)
            and isinstance(item.value, ast.Call)
            and tail(item.value.func) in {"fail", "xfail", "skip", "skipTest"}
        ):
            return True
        if isinstance(item, ast.Assert) and isinstance(item.test, ast.Constant) and not item.test.value:
            return True
    return False


def _is_quiet(body: list[ast.stmt], looped: bool, followed: bool) -> bool:
    """The handler neither fails, nor records, nor decides: the assertion's failure ends here."""
    for item in body:
        if isinstance(item, ast.Pass):
            continue
        if isinstance(item, ast.Continue):
            continue
        if (
            isinstance(item, ast.Return)
            and not followed
            and (item.value is None or isinstance(item.value, ast.Constant))
        ):
            continue
        if isinstance(item, ast.Expr):
            if isinstance(item.value, ast.Constant):
                continue
            value = item.value.value if isinstance(item.value, ast.Await) else item.value
            if (
                isinstance(value, ast.Call)
                and tail(value.func) in _QUIET_CALLS
                and not (looped and tail(value.func) == "sleep")
            ):
                continue
        return False
    return True


def _suppresses(item: ast.stmt, scope: Scope, names: Names) -> bool:
    """A `with contextlib.suppress(Exception)` around assertions."""
    if not isinstance(item, (ast.With, ast.AsyncWith)) or _leaves(item.body, True) or not _holds_assertion(item.body):
        return False
    for part in item.items:
        call = part.context_expr
        if isinstance(call, ast.Call) and names.canonical(scope, dotted(call.func)) == "contextlib.suppress":
            return any(dotted(argument) in _BROAD for argument in call.args)
    return False


def _skips(scope: Scope, names: Names, blocks: list[tuple[list[ast.stmt], bool]]) -> Iterator[Sighting]:
    for block, _ in blocks:
        for item in block:
            if not isinstance(item, _TRIES):
                continue
            handler = _broad_handler(item, scope, names)
            if handler is None or all(isinstance(part, (ast.Import, ast.ImportFrom)) for part in item.body):
                continue
            for part in handler.body:
                raised = part.exc if isinstance(part, ast.Raise) else part.value if isinstance(part, ast.Expr) else None
                called = raised.func if isinstance(raised, ast.Call) else raised
                if called is not None and (
                    dotted(called) in _SKIPS or names.canonical(scope, dotted(called)) in _SKIPS
                ):
                    yield _mark("skip-in-except", scope, part)


def _tautologies(scope: Scope) -> Iterator[Sighting]:
    """Assertions that hold whatever the code does, when the test holds no other; and asserted tuples always."""
    found: list[tuple[ast.AST, str]] = []
    others = False
    below = [scope]
    for each in below:
        below.extend(each.inner)
        for node in each.every(ast.Assert):
            assert isinstance(node, ast.Assert)
            why = _always_true(node.test)
            if why == "a tuple":
                yield _mark("tautology", scope, node, why, text=f"assert {why}")
                others = True
            elif why:
                found.append((node, why))
            else:
                others = True
    if others or any(ast.Raise in each.buckets for each in below):
        return
    for each in below:
        for call in each.every(ast.Call):
            assert isinstance(call, ast.Call)
            name = tail(call.func)
            if promises_check(name):
                why = _always_passes(name, call.args)
                if not why:
                    return
                found.append((call, why))
    for node, why in found:
        yield _mark("tautology", scope, node, why, text=f"assert {why}")


_MAY_ALWAYS_HOLD: Final = frozenset({ast.Tuple, ast.Constant, ast.List, ast.Set, ast.UnaryOp, ast.BoolOp, ast.Compare})


def _always_true(test: ast.expr) -> str:
    if test.__class__ not in _MAY_ALWAYS_HOLD:
        return ""
    if isinstance(test, ast.Tuple) and test.elts:
        return "a tuple"
    if isinstance(test, ast.Constant) and test.value:
        return f"the constant {test.value!r}"
    if isinstance(test, (ast.List, ast.Set)) and test.elts:
        return "a non-empty display"
    if (
        isinstance(test, ast.UnaryOp)
        and isinstance(test.op, ast.Not)
        and isinstance(test.operand, ast.Constant)
        and not test.operand.value
    ):
        return f"not {test.operand.value!r}"
    if (
        isinstance(test, ast.BoolOp)
        and isinstance(test.op, ast.Or)
        and any(_always_true(value) for value in test.values)
    ):
        return "an alternative that always holds"
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        right = test.comparators[0]
        if (
            isinstance(test.left, ast.Constant)
            and isinstance(right, ast.Constant)
            and isinstance(test.ops[0], (ast.Eq, ast.Is))
        ):
            return "two equal constants" if test.left.value == right.value else ""
        measured = isinstance(test.left, ast.Call) and dotted(test.left.func) == "len"
        if measured and isinstance(test.ops[0], ast.GtE) and isinstance(right, ast.Constant) and right.value == 0:
            return "a length that is at least 0"
    return ""


def _always_passes(name: str, arguments: list[ast.expr]) -> str:
    if name == "assertTrue" and arguments:
        return _always_true(arguments[0])
    if name == "assertFalse" and arguments and isinstance(arguments[0], ast.Constant) and not arguments[0].value:
        return f"the constant {arguments[0].value!r}"
    if name in {"assertEqual", "assertIs", "assertEquals"} and len(arguments) > 1:
        left, right = arguments[:2]
        if isinstance(left, ast.Constant) and isinstance(right, ast.Constant) and left.value == right.value:
            return "two equal constants"
    if name == "assertIsNone" and arguments and isinstance(arguments[0], ast.Constant) and arguments[0].value is None:
        return "the constant None"
    return ""


def _returned(scope: Scope) -> Iterator[Sighting]:
    if ast.Yield in scope.buckets or ast.YieldFrom in scope.buckets:
        return
    for node in scope.every(ast.Return):
        assert isinstance(node, ast.Return)
        value = node.value
        if value is None or (isinstance(value, ast.Constant) and value.value is None):
            continue
        if isinstance(
            value,
            (
                ast.Compare,
                ast.BoolOp,
                ast.Constant,
                ast.UnaryOp,
                ast.Dict,
                ast.List,
                ast.Tuple,
                ast.Name,
                ast.JoinedStr,
            ),
        ):
            yield _mark("returned", scope, node, type(value).__name__, text="return")


def _nested(scope: Scope) -> Iterator[Sighting]:
    """Test functions inside a function that nothing there ever reads."""
    candidates = [
        inner.node
        for inner in scope.inner
        if isinstance(inner.node, FunctionNode) and inner.name.startswith("test_") and not inner.node.decorator_list
    ]
    if not candidates:
        return
    below = [scope]
    for each in below:
        below.extend(each.inner)
    read = {name for each in below for name in each.loads}
    if not read.isdisjoint({"locals", "vars", "globals", "exec", "eval"}):
        return
    declared = {name for node in scope.every(ast.Global) for name in node.names}  # type: ignore[attr-defined]
    for node in candidates:
        if node.name not in read and node.name not in declared:
            yield _mark("nested", scope, node, node.name, text=node.name)


def _shadowed(scope: Scope, names: Names) -> Iterator[Sighting]:
    latest: dict[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef] = {}
    read = set(scope.loads)
    for item in scope.node.body:
        if not isinstance(item, _DEFINITIONS) or not item.name.lower().startswith("test") or item.name in read:
            continue
        before = latest.get(item.name)
        latest[item.name] = item
        if before is None or (isinstance(before, ast.ClassDef) and scope.kind != "module"):
            continue
        if all(is_plain_decorator(names.canonical(scope, _called(part))) for part in before.decorator_list):
            yield _mark("shadowed", scope, before, item.name, str(item.lineno), text=item.name)


def _called(node: ast.expr) -> str:
    return dotted(node.func if isinstance(node, ast.Call) else node)


def _only_conditional(body: list[ast.stmt]) -> bool:
    """Some check stands below an `if` without an alternative, and none stands anywhere else."""
    guarded = False
    todo = list(body)
    for item in todo:
        if isinstance(item, ast.If):
            if _asks_platform(item.test):
                return False
            branches = [any(_fails(part) for part in branch) for branch in (item.body, item.orelse)]
            if all(branches):
                return False
            guarded = guarded or any(branches)
            if _fails(ast.Expr(item.test)):
                return False
        elif isinstance(item, _DEFINITIONS) or _fails(item):
            return False
    return guarded


def _asks_platform(test: ast.expr) -> bool:
    return any(
        dotted(node).partition(".")[0] in _PLATFORM or "version" in dotted(node).lower()
        for node in ast.walk(test)
        if isinstance(node, (ast.Name, ast.Attribute))
    )
