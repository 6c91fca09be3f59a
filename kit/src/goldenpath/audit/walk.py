"""One flat walk per scope: every node is visited once, sorted into buckets by its type, and never recursed into.

`ast.NodeVisitor` costs a method call and a generator per node; a list that grows while it is iterated costs neither.
"""

from __future__ import annotations

import ast
from typing import Any, Final

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
ScopeNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module

KEPT: Final = frozenset(
    {
        ast.Assert, ast.Try, ast.TryStar, ast.Raise, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign,
        ast.AugAssign, ast.Subscript, ast.Compare, ast.Yield, ast.YieldFrom, ast.Await, ast.Return, ast.With,
        ast.AsyncWith, ast.For, ast.AsyncFor, ast.While, ast.If, ast.Global, ast.Nonlocal, ast.Match, ast.Break,
        ast.Continue, ast.Expr, ast.Starred, ast.JoinedStr,
    }
)  # fmt: skip
"""The node types something asks for, besides calls and attributes; everything else is only walked through."""

_LEAVES: Final = (
    ast.Name, ast.Constant, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.Pass,
    ast.Import, ast.ImportFrom, ast.Global, ast.Nonlocal, ast.Break, ast.Continue, ast.MatchSingleton, ast.type_ignore,
)  # fmt: skip
_LISTS: Final = frozenset({
    "args", "bases", "body", "cases", "comparators", "decorator_list", "defaults", "elts", "finalbody", "generators",
    "handlers", "ifs", "items", "keys", "keywords", "kw_defaults", "kwd_patterns", "orelse", "patterns", "targets",
    "type_params", "values",
})  # fmt: skip
_NO_NODES_IN: Final = {
    "ctx", "op", "ops", "type_comment", "kind", "name", "names", "attr", "module", "level", "id", "arg", "rest",
    "kwd_attrs", "conversion", "is_async", "simple", "tag", "lineno", "str",
}  # fmt: skip
Plan = tuple[tuple[str, ...], tuple[str, ...]]
"""The fields of a node type that hold one node or none, and those that hold a list of nodes."""


def _plans() -> dict[type, Plan]:
    table: dict[type, Plan] = {}
    for kind in vars(ast).values():
        if isinstance(kind, type) and issubclass(kind, ast.AST) and not issubclass(kind, _LEAVES):
            fields = [field for field in kind._fields if field not in _NO_NODES_IN]
            lists = frozenset() if kind in (ast.Lambda, ast.IfExp) else _LISTS
            table[kind] = (
                tuple(field for field in fields if field not in lists),
                tuple(field for field in fields if field in lists),
            )
    table[ast.arguments] = ((), ("defaults", "kw_defaults"))
    return table


_PLANS: Final = _plans()
_NOTHING: Final[Plan] = ((), ())
_NO_NODES: Final[list[ast.AST]] = []


class Scope:
    """One module, class or function body: its nodes by type, its names, its inner scopes."""

    __slots__ = (
        "aliases",
        "buckets",
        "inner",
        "kind",
        "loads",
        "name",
        "node",
        "outer",
        "params",
        "qualname",
        "stores",
    )

    def __init__(self, node: ScopeNode, kind: str, name: str, outer: Scope | None) -> None:
        self.node = node
        self.kind = kind
        self.name = name
        self.outer = outer
        self.qualname: str = f"{outer.qualname}.{name}" if outer is not None and outer.qualname else name
        self.aliases: dict[str, str] = {}
        self.buckets: dict[type, list[ast.AST]] = {}
        self.loads: list[str] = []
        self.stores: set[str] = set()
        self.inner: list[Scope] = []
        self.params: list[str] = []

    def every(self, kind: type) -> list[ast.AST]:
        """The nodes of one type that stand in this scope, inner scopes left out."""
        return self.buckets.get(kind, _NO_NODES)

    def binds(self, name: str) -> bool:
        """Whether the name is this function's own: a parameter or something it assigns."""
        return name in self.stores or name in self.params

    def forget(self) -> None:
        """Let go of the scope around and those within: together they are cycles that keep a whole tree in memory."""
        self.outer = None
        self.inner = []


def survey(tree: ast.Module) -> list[Scope]:
    """Every scope of a module, outer ones before inner ones."""
    module = Scope(tree, "module", "", None)
    scopes = [module]
    for scope in scopes:
        _fill(scope)
        scopes.extend(scope.inner)
    return scopes


def _fill(scope: Scope) -> None:
    """Sort everything below a scope's body, inner scopes left out; the commonest node types have their own branch."""
    node = scope.node
    queue: list[Any] = list(node.body)
    buckets, stores, inner = scope.buckets, scope.stores, scope.inner
    calls: list[ast.AST] = []
    attributes: list[ast.AST] = []
    if isinstance(node, FunctionNode):
        scope.params = parameters(node.args)
    push, extend, load = queue.append, queue.extend, scope.loads.append
    for item in queue:
        kind = item.__class__
        if kind is ast.Name:
            if item.ctx.__class__ is ast.Load:
                load(item.id)
            else:
                stores.add(item.id)
        elif kind is ast.Constant:
            pass
        elif kind is ast.Attribute:
            attributes.append(item)
            push(item.value)
        elif kind is ast.Call:
            calls.append(item)
            push(item.func)
            extend(item.args)
            for keyword in item.keywords:
                push(keyword.value)
        elif kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
            inner.append(Scope(item, "function", item.name, scope))
            stores.add(item.name)
            extend(item.decorator_list)
            extend(item.args.defaults)
            extend(item.args.kw_defaults)
        elif kind is ast.ClassDef:
            inner.append(Scope(item, "class", item.name, scope))
            stores.add(item.name)
            extend(item.decorator_list)
            extend(item.bases)
            extend(item.keywords)
        else:
            if kind in KEPT:
                bucket = buckets.get(kind)
                if bucket is None:
                    buckets[kind] = [item]
                else:
                    bucket.append(item)
            single, lists = _PLANS.get(kind, _NOTHING)
            for field in single:
                push(getattr(item, field))
            for field in lists:
                extend(getattr(item, field))
    if calls:
        buckets[ast.Call] = calls
    if attributes:
        buckets[ast.Attribute] = attributes


def parameters(arguments: ast.arguments) -> list[str]:
    """The names of all parameters, in order."""
    names = [argument.arg for argument in arguments.args]
    if arguments.posonlyargs:
        names[:0] = [argument.arg for argument in arguments.posonlyargs]
    if arguments.vararg:
        names.append(arguments.vararg.arg)
    if arguments.kwonlyargs:
        names += [argument.arg for argument in arguments.kwonlyargs]
    if arguments.kwarg:
        names.append(arguments.kwarg.arg)
    return names


def dotted(node: ast.AST | None) -> str:
    """`a.b.c` for a plain chain of names, "" for anything else."""
    if node.__class__ is ast.Name:
        return node.id
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    parts.append(node.id)
    parts.reverse()
    return ".".join(parts)


def root(node: ast.AST) -> str:
    """The first name of a chain: `a` of `a.b.c`; "" when it does not begin with a name."""
    while node.__class__ is ast.Attribute:
        node = node.value
    return node.id if node.__class__ is ast.Name else ""


def tail(node: ast.AST) -> str:
    """The last name of what is called: `c` of `a().b.c`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Every statement below a body, inner functions and classes not entered."""
    queue = list(body)
    for item in queue:
        if isinstance(item, (*_SCOPES, ast.expr)):
            continue
        for field in ("body", "orelse", "finalbody"):
            queue.extend(getattr(item, field, ()))
        for handler in getattr(item, "handlers", ()):
            queue.extend(handler.body)
        for case in getattr(item, "cases", ()):
            queue.extend(case.body)
    return queue


_SCOPES: Final = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
