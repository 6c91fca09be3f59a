"""Mocks and mock classes of the tests' own to calls of the factory, where every use is covered."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Final

from goldenpath.audit.migration.context import Context
from goldenpath.audit.migration.edits import Edit
from goldenpath.audit.migration.offers import Member, Offer, offer_for
from goldenpath.audit.vocabulary import role_of
from goldenpath.audit.walk import FunctionNode, Scope, dotted

_MOCKS: Final = {f"{root}.{name}" for root in ("unittest.mock", "mock") for name in ("Mock", "MagicMock", "AsyncMock")}
_BLANK_LINES: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)(?:[ \t\f]*(?:\r\n|\r|\n))*")


def direct_mocks(context: Context) -> None:
    """`websocket = AsyncMock()` becomes `SSotMockFactory.create_websocket_mock()` where every use of it is covered."""
    for scope in context.scopes:
        if not isinstance(scope.node, FunctionNode):
            continue
        for item in scope.every(ast.Assign):
            assert isinstance(item, ast.Assign)
            call = item.value
            if not isinstance(call, ast.Call) or context.meant(scope, call.func) not in _MOCKS:
                continue
            target = item.targets[0]
            offer = offer_for(target.id) if isinstance(target, ast.Name) and len(item.targets) == 1 else None
            if call.args or call.keywords:
                why = "the mock is built with arguments, which the factory does not take over"
            elif offer is None or not isinstance(target, ast.Name):
                why = f"the factory makes nothing that is called {dotted(target) or 'so'}"
            else:
                why = _uncovered(scope, target.id, offer)
            if why:
                context.refusals.append((item.lineno, why))
            elif offer is not None and context.needs("goldenpath", "SSotMockFactory", item.lineno):
                context.edits.append(context.document.replace(call, offer.call))


def _uncovered(scope: Scope, name: str, offer: Offer) -> str:
    """Why the factory's double may not do what a scope does with a variable; "" when it certainly does."""
    if scope.inner:
        return "an inner function may use the mock in ways that are not seen"
    assigned = [each for each in scope.every(ast.Assign) if name in {dotted(part) for part in each.targets}]  # type: ignore[attr-defined]
    if len(assigned) > 1:
        return f"{name} is assigned more than once"
    uses = [each for each in scope.every(ast.Attribute) if dotted(each.value) == name]  # type: ignore[attr-defined]
    strange = sorted({each.attr for each in uses} - offer.members.keys())  # type: ignore[attr-defined]
    if strange:
        return f"{offer.maker} does not promise {', '.join(strange)}"
    if scope.loads.count(name) != len(uses):
        return f"{name} is passed on, and what is done with it there is not seen"
    called = {id(call.func): call for call in scope.every(ast.Call)}  # type: ignore[attr-defined]
    awaited = {id(item.value) for item in scope.every(ast.Await)}  # type: ignore[attr-defined]
    for use in uses:
        member = use.attr  # type: ignore[attr-defined]
        if id(use) in called and (id(called[id(use)]) in awaited) != offer.members[member].is_async:
            kind = "async" if offer.members[member].is_async else "not async"
            return f"{member} is {kind} in the factory's double, and is called otherwise here"
    return ""


def mock_classes(context: Context) -> None:
    """`MockWebSocket()` of a class that does nothing becomes a call of the factory; the class goes when nobody asks.

    Only a class whose methods take no call that the factory's double refuses, answer nothing and do nothing is certain
    to be replaced without loss.
    """
    for scope in context.scopes:
        node = scope.node
        if not isinstance(node, ast.ClassDef) or scope.outer is not context.scopes[0] or not role_of(node.name):
            continue
        offer = offer_for(node.name)
        if offer is None:
            continue
        calls = list(_calls_of(context, node.name))
        why = _does_more(node, offer) or _used_otherwise(context, node.name, calls)
        if why:
            context.refusals.append((node.lineno, f"{node.name} {why}"))
        elif calls and context.needs("goldenpath", "SSotMockFactory", node.lineno):
            context.edits += [context.document.replace(call, offer.call) for call in calls]
            if context.imported is not None and node.name not in context.imported:
                context.edits.append(_removal(context, node))


def _calls_of(context: Context, name: str) -> Iterator[ast.Call]:
    for scope in context.scopes:
        for call in scope.every(ast.Call):
            assert isinstance(call, ast.Call)
            if isinstance(call.func, ast.Name) and call.func.id == name and not call.args and not call.keywords:
                yield call


def _used_otherwise(context: Context, name: str, calls: list[ast.Call]) -> str:
    if any(name in scope.stores or name in scope.params for scope in context.scopes[1:]):
        return "means something else somewhere in this file"
    if sum(scope.loads.count(name) for scope in context.scopes) != len(calls):
        return "is used for more than to be called without arguments"
    words = (node.value for node in ast.walk(context.document.tree) if isinstance(node, ast.Constant))
    return "is named in a text, which may be what finds it" if name in words else ""


def _does_more(node: ast.ClassDef, offer: Offer) -> str:
    """What a class does beyond what the factory's double certainly does."""
    if node.bases or node.keywords or node.decorator_list:
        return "has bases or decorators, which the factory's double does not have"
    for part in node.body:
        if _is_nothing(part):
            continue
        if not isinstance(part, FunctionNode) or part.decorator_list:
            return "holds more than plain methods"
        if not all(_is_nothing(each) for each in part.body):
            return f"does something of its own in {part.name}"
        member = offer.members.get(part.name)
        if member is None:
            return f"offers {part.name}, which {offer.maker} does not promise"
        if not _is_same(part, member):
            return f"takes or gives something else in {part.name} than the factory's double"
    return ""


def _is_same(method: ast.FunctionDef | ast.AsyncFunctionDef, member: Member) -> bool:
    plain = method.args
    if plain.posonlyargs or plain.kwonlyargs or plain.vararg or plain.kwarg:
        return False
    names = tuple(argument.arg for argument in plain.args[1:])
    return (
        member.params is not None
        and names == member.params[: len(names)]
        and member.required <= len(names) - len(plain.defaults)
        and member.gives_nothing
        and isinstance(method, ast.AsyncFunctionDef) == member.is_async
    )


def _is_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Return):
        return node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None)
    return isinstance(node, ast.Pass) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _removal(context: Context, node: ast.ClassDef) -> Edit:
    """Takes a class out with the rest of its last line and the blank lines below it."""
    start, end = context.document.range(node)
    rest = _BLANK_LINES.match(context.document.text, end)
    return Edit(start, rest.end() if rest else end, "")
