"""Environment reads, relative imports and async cases: each step finds its places, and refuses what is not certain."""

from __future__ import annotations

import ast
import re
from typing import Final

from goldenpath.audit.migration.context import Context
from goldenpath.audit.migration.edits import Edit
from goldenpath.audit.walk import Scope, dotted

_ENVIRON_GETS: Final = {"os.getenv", "os.environ.get"}
_ORIGIN: Final = re.compile(r"from\s*((?:\.\s*)+[\w.]*)\s*import\b")
_OWN_LOOP: Final = {"asyncio.run", "asyncio.new_event_loop", "asyncio.get_event_loop"}


def environment_reads(context: Context) -> None:
    """`os.getenv(...)` and `os.environ.get(...)` become `get_env().get(...)`."""
    for scope in context.scopes:
        for call in scope.every(ast.Call):
            assert isinstance(call, ast.Call)
            if context.meant(scope, call.func) not in _ENVIRON_GETS:
                continue
            plain = len(call.args) in {1, 2} and not any(isinstance(item, ast.Starred) for item in call.args)
            if not plain or any(keyword.arg != "default" for keyword in call.keywords):
                context.refusals.append((call.lineno, "its arguments are not plain"))
            elif context.needs("goldenpath", "get_env", call.lineno):
                context.edits.append(context.document.replace(call.func, "get_env().get"))
        for item in scope.every(ast.Subscript):
            assert isinstance(item, ast.Subscript)
            if context.meant(scope, item.value) == "os.environ":
                what = "reads" if isinstance(item.ctx, ast.Load) else "changes"
                context.refusals.append((item.lineno, f"{what} os.environ by subscript, whose effect may be relied on"))


def relative_imports(context: Context) -> None:
    """`from .steps import x` becomes `from tests.steps import x`."""
    for scope in context.scopes:
        for node in scope.every(ast.ImportFrom):
            assert isinstance(node, ast.ImportFrom)
            if not node.level:
                continue
            parts = context.package.split(".") if context.package else []
            if node.level > len(parts):
                context.refusals.append((node.lineno, "what package it starts from is not certain"))
                continue
            kept = parts[: len(parts) - node.level + 1]
            match = _ORIGIN.match(context.document.source(node))
            if match is None:
                context.refusals.append((node.lineno, "it is written in an unusual way"))
                continue
            start, _ = context.document.range(node)
            absolute = ".".join([*kept, *([node.module] if node.module else [])])
            begin = start + match.start(1)
            end = begin + len(match[1].rstrip())
            gap = "" if context.document.text[end : end + 1] in {" ", "\t", "\\"} else " "
            context.edits.append(Edit(begin, end, absolute + gap))


def async_cases(context: Context) -> None:
    """A plain `TestCase` with async tests becomes an `IsolatedAsyncioTestCase`."""
    for scope in context.scopes:
        node = scope.node
        if scope.kind != "class" or not isinstance(node, ast.ClassDef) or scope.outer is None:
            continue
        tests = [part for part in node.body if isinstance(part, ast.AsyncFunctionDef) and part.name.startswith("test")]
        bases = [base for base in node.bases if context.meant(scope.outer, base) == "unittest.TestCase"]
        if not tests or len(bases) != 1:
            continue
        if len(node.bases) > 1 or node.keywords or _keeps_a_loop(context, scope):
            context.refusals.append((node.lineno, f"{node.name} has other bases, or runs a loop of its own"))
        elif isinstance(bases[0], ast.Attribute):
            context.edits.append(
                context.document.replace(bases[0], f"{dotted(bases[0].value)}.IsolatedAsyncioTestCase")
            )
        elif context.needs("unittest", "IsolatedAsyncioTestCase", node.lineno):
            context.edits.append(context.document.replace(bases[0], "IsolatedAsyncioTestCase"))


def _keeps_a_loop(context: Context, scope: Scope) -> bool:
    below = [scope]
    for each in below:
        below.extend(each.inner)
    called = [(each, call) for each in below for call in each.every(ast.Call)]
    return any(
        context.meant(each, call.func) in _OWN_LOOP or dotted(call.func).endswith("run_until_complete")  # type: ignore[attr-defined]
        for each, call in called
    )
