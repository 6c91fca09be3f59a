"""Class statements as rows: bases, members, signatures, and what makes them uncertain."""

from __future__ import annotations

import ast
from typing import Final

from goldenpath.audit.extraction.names import Names
from goldenpath.audit.extraction.source import digest, headline
from goldenpath.audit.facts import Class, Method
from goldenpath.audit.vocabulary import role_of
from goldenpath.audit.walk import FunctionNode, Scope, dotted, tail

_DYNAMIC_METHODS: Final = {"__getattr__", "__getattribute__", "__init_subclass__", "__set_name__", "__prepare__"}
_MEMBER_MAKERS: Final = frozenset({"setattr", "locals", "vars", "exec"})
_MEMBER_METHODS: Final = {"update": ".__dict__.update", "__setattr__": ".__setattr__"}
"""Methods that may give an object members no statement shows, and how their whole names end."""
_AWAITABLE: Final = (
    "Awaitable",
    "Coroutine",
    "Future",
    "Task",
    "Async",
    "Any",
    "object",
    "Self",
    "Generator",
    "Iterator",
)
_KINDS: Final = {
    "staticmethod": "static",
    "classmethod": "class",
    "property": "property",
    "functools.cached_property": "property",
    "cached_property": "property",
    "abc.abstractproperty": "property",
    "abc.abstractmethod": "",
    "abstractmethod": "",
    "typing.override": "",
    "typing_extensions.override": "",
    "override": "",
    "typing.final": "",
    "final": "",
}


def class_row(scope: Scope, names: Names) -> Class:
    """One class statement; its scope has been surveyed already."""
    node = scope.node
    assert isinstance(node, ast.ClassDef)
    outer = scope.outer
    assert outer is not None
    functions = [inner for inner in scope.inner if inner.kind == "function"]
    attributes = (scope.stores - {inner.name for inner in functions}) | {
        name for inner in functions for name in _own_attributes(inner)
    }
    attributes.update(_slots(scope))
    double = role_of(node.name)
    return Class(
        name=node.name,
        qualname=scope.qualname,
        span=headline(node),
        where=outer.kind,
        bases=[_base(base, outer, names) for base in node.bases],
        decorators=[_decorator(item, outer, names) for item in node.decorator_list],
        methods=[_method(inner, names) for inner in functions],
        attributes=sorted(attributes),
        dynamic=bool(node.keywords) or _is_dynamic(scope, functions),
        shape=_shape(node) if double else "",
        weight=sum(1 for part in node.body for child in ast.walk(part) if isinstance(child, ast.stmt)) if double else 0,
        collected=_collected(node),
    )


def signature(arguments: ast.arguments, skip_first: bool) -> str:
    """Parameters as `a,/,b,c=,*args,d,e=,**kwargs`: comparable, short, no defaults' values."""
    if not (arguments.posonlyargs or arguments.vararg or arguments.kwonlyargs or arguments.kwarg):
        names = [argument.arg for argument in arguments.args]
        for index in range(len(names) - len(arguments.defaults), len(names)):
            names[index] += "="
        return ",".join(names[1:] if skip_first else names)
    plain = [*arguments.posonlyargs, *arguments.args]
    required = len(plain) - len(arguments.defaults)
    parts: list[str] = []
    for index, argument in enumerate(plain):
        if not (skip_first and index == 0):
            parts.append(argument.arg + ("=" if index >= required else ""))
        if index + 1 == len(arguments.posonlyargs) and parts:
            parts.append("/")
    if arguments.vararg:
        parts.append(f"*{arguments.vararg.arg}")
    elif arguments.kwonlyargs:
        parts.append("*")
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        parts.append(argument.arg + ("=" if default is not None else ""))
    if arguments.kwarg:
        parts.append(f"**{arguments.kwarg.arg}")
    return ",".join(parts)


def _method(scope: Scope, names: Names) -> Method:
    node = scope.node
    assert isinstance(node, FunctionNode)
    kind = "method"
    for item in node.decorator_list:
        meant = _KINDS.get(names.canonical(names.module, dotted(item)), "unknown")
        if dotted(item).endswith((".setter", ".getter", ".deleter")):
            meant = "property"
        kind = meant or kind
    is_async = isinstance(node, ast.AsyncFunctionDef)
    if is_async and (ast.Yield in scope.buckets):
        is_async, kind = False, "unknown"
    return Method(
        node.name, node.lineno, kind, is_async, signature(node.args, kind != "static"), _gives_plain(scope, node)
    )


def _gives_plain(scope: Scope, node: FunctionNode) -> bool:
    """Whether a function that is not async itself certainly returns nothing that could be awaited."""
    if node.returns is not None:
        said = _said(node.returns)
        return not any(word in said for word in _AWAITABLE)
    if ast.Yield in scope.buckets or ast.YieldFrom in scope.buckets:
        return False
    given = [item.value for item in scope.every(ast.Return)]  # type: ignore[attr-defined]
    return not any(isinstance(value, (ast.Call, ast.Name, ast.IfExp, ast.BoolOp)) for value in given)


def _said(annotation: ast.expr) -> str:
    """The words of an annotation; `ast.unparse` is thorough, and slow for the few shapes that nearly all have."""
    if isinstance(annotation, ast.Name):
        return annotation.id
    if isinstance(annotation, ast.Constant):
        return repr(annotation.value)
    if isinstance(annotation, ast.BinOp):
        return f"{_said(annotation.left)} {_said(annotation.right)}"
    if isinstance(annotation, ast.Subscript):
        return f"{_said(annotation.value)} {_said(annotation.slice)}"
    return ast.unparse(annotation)


def _base(node: ast.expr, outer: Scope, names: Names) -> str:
    if isinstance(node, ast.Subscript):
        node = node.value
    name = dotted(node)
    return (names.canonical(outer, name) or "?") if name else "?"


def _decorator(node: ast.expr, outer: Scope, names: Names) -> str:
    called = node.func if isinstance(node, ast.Call) else node
    name = dotted(called)
    return (names.canonical(outer, name) or "?") if name else "?"


def decorators_of(node: FunctionNode, outer: Scope, names: Names) -> list[str]:
    """The dotted names of a function's decorators; "?" for an expression."""
    return [_decorator(item, outer, names) for item in node.decorator_list]


def _own_attributes(method: Scope) -> set[str]:
    """What a method assigns on its first parameter."""
    if not method.params:
        return set()
    me = method.params[0]
    found = {
        item.attr  # type: ignore[attr-defined]
        for item in method.every(ast.Attribute)
        if item.ctx.__class__ is ast.Store and item.value.__class__ is ast.Name and item.value.id == me  # type: ignore[attr-defined]
    }
    for inner in method.inner:
        found.update(
            item.attr  # type: ignore[attr-defined]
            for item in inner.every(ast.Attribute)
            if item.ctx.__class__ is ast.Store and item.value.__class__ is ast.Name and item.value.id == me  # type: ignore[attr-defined]
        )
    return found


def _slots(scope: Scope) -> set[str]:
    for item in scope.every(ast.Assign):
        assert isinstance(item, ast.Assign)
        if any(isinstance(target, ast.Name) and target.id == "__slots__" for target in item.targets):
            return {
                node.value
                for node in ast.walk(item.value)
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
    return set()


def _is_dynamic(scope: Scope, functions: list[Scope]) -> bool:
    if not _DYNAMIC_METHODS.isdisjoint(inner.name for inner in functions) or not _DYNAMIC_METHODS.isdisjoint(
        scope.stores
    ):
        return True
    for inner in (scope, *functions):
        for call in inner.every(ast.Call):
            called = call.func  # type: ignore[attr-defined]
            if called.__class__ is ast.Name:
                if called.id in _MEMBER_MAKERS:
                    return True
            elif tail(called) in _MEMBER_METHODS and dotted(called).endswith(_MEMBER_METHODS[called.attr]):
                return True
        for item in inner.every(ast.Attribute):
            if item.attr == "__dict__" and item.ctx.__class__ is ast.Store:  # type: ignore[attr-defined]
                return True
    return False


def _shape(node: ast.ClassDef) -> str:
    """The body as the parser sees it, docstrings and the class's own name left out."""
    try:
        text = "".join(ast.dump(part) for part in node.body if not _is_text(part))
    except RecursionError:
        return ""
    return digest(text.replace(f"'{node.name}'", "'_'").encode("utf-8", "surrogatepass"))


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _collected(node: ast.ClassDef) -> str:
    for part in node.body:
        if isinstance(part, ast.Assign) and any(
            isinstance(item, ast.Name) and item.id == "__test__" for item in part.targets
        ):
            return repr(part.value.value) if isinstance(part.value, ast.Constant) else "?"
    return ""
