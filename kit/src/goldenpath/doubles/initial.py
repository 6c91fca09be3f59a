"""The attributes an `__init__` sets, read from its source: no class body mentions them."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from typing import Any, TypeGuard

from goldenpath.doubles.hints import raw
from goldenpath.doubles.marks import UNSET
from goldenpath.doubles.members import Kind, Member


def attributes_set_in_init(spec: type) -> Iterator[Member]:
    """One member per `self.name = ...`, in any `__init__` of the class and those above it."""
    for home in spec.__mro__:
        init = vars(home).get("__init__")
        if inspect.isfunction(init):
            yield from assigned(init, home)


def assigned(init: Any, home: type) -> Iterator[Member]:
    """The members one `__init__` assigns, with what its parameters' annotations say of them."""
    try:
        body = ast.parse(textwrap.dedent(inspect.getsource(init))).body[0]
    except (OSError, TypeError, SyntaxError):
        return
    if not isinstance(body, ast.FunctionDef) or not (taken := [*body.args.posonlyargs, *body.args.args]):
        return
    receiver, said = taken[0].arg, raw(init)
    for node in ast.walk(body):
        targets: list[ast.expr]
        annotation: object
        if isinstance(node, ast.AnnAssign):
            targets, annotation = [node.target], ast.unparse(node.annotation)
        elif isinstance(node, ast.Assign):
            targets = [part for target in node.targets for part in ast.walk(target) if isinstance(part, ast.expr)]
            annotation = said.get(node.value.id, UNSET) if isinstance(node.value, ast.Name) else UNSET
        else:
            continue
        for target in targets:
            if is_set_on(target, receiver):
                yield Member(target.attr, Kind.ATTRIBUTE, home, init, annotation)


def is_set_on(target: ast.expr, receiver: str) -> TypeGuard[ast.Attribute]:
    """Whether an expression is `self.name`, being assigned."""
    if not isinstance(target, ast.Attribute) or not isinstance(target.ctx, ast.Store):
        return False
    return isinstance(target.value, ast.Name) and target.value.id == receiver
