"""One kind of rewriting after the other: each finds its places, and refuses the ones it is not sure of."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from goldenpath.audit.extraction.names import Names
from goldenpath.audit.extraction.source import span
from goldenpath.audit.migration.edits import Document, Edit
from goldenpath.audit.walk import FunctionNode, Scope, dotted, survey

_ENVIRON_GETS: Final = {"os.getenv", "os.environ.get"}
_ORIGIN: Final = re.compile(r"from\s*((?:\.\s*)+[\w.]*)\s*import\b")
_OWN_LOOP: Final = {"asyncio.run", "asyncio.new_event_loop", "asyncio.get_event_loop"}


@dataclass
class Context:
    """One file on its way: its document, its scopes, its names, and what the steps want done."""

    document: Document
    package: str
    """The package a relative import starts from, when that is certain."""
    edits: list[Edit] = field(default_factory=list)
    imports: set[tuple[str, str]] = field(default_factory=set)
    """(module, name) pairs that the new text needs."""
    refusals: list[tuple[int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.scopes = survey(self.document.tree)
        self.names = Names(self.scopes)

    def meant(self, scope: Scope, node: ast.AST | None) -> str:
        """The canonical dotted name of an expression."""
        name = dotted(node)
        return self.names.canonical(scope, name) if name else ""

    def needs(self, module: str, name: str, line: int) -> bool:
        """Ask for an import; False, with a refusal, when the name means something else in this file."""
        meant = self.names.canonical(self.scopes[0], name)
        taken = any(name in scope.stores or name in scope.params for scope in self.scopes)
        if meant == f"{module}.{name}":
            return True
        if taken or meant != name:
            self.refusals.append((line, f"{name} already means something else in this file"))
            return False
        self.imports.add((module, name))
        return True


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


FACTORY: Final = {
    "websocket": "create_websocket_mock: send_text send_json send_bytes receive_text receive_json receive_bytes accept "
    "close client_state",
    "websocket_manager": "create_websocket_manager_mock: add_connection remove_connection send_message "
    "send_agent_event broadcast_message emit_critical_event get_connection get_connections is_connection_active",
    "websocket_emitter": "create_mock_websocket_emitter: emit_event connect disconnect is_connected add_event "
    "clear_events get_events validate_event configure",
    "agent": "create_agent_mock: agent_type execute get_capabilities",
    "db_session": "create_database_session_mock: execute scalar scalars commit rollback close",
    "tool": "create_tool_mock: name execute get_schema",
    "llm_client": "create_llm_client_mock: chat agenerate",
    "llm_manager": "create_mock_llm_manager: generate_response stream_response get_embeddings tokenize validate_model "
    "get_model_info",
    "configuration": "create_configuration_mock: environment database_url redis_url",
}
"""What the factory makes, by what tests call it: the method, and the members its double is sure to offer."""
_ALIASES: Final = {
    "ws": "websocket",
    "ws_manager": "websocket_manager",
    "session": "db_session",
    "config": "configuration",
}
_MOCKS: Final = {f"{root}.{name}" for root in ("unittest.mock", "mock") for name in ("Mock", "MagicMock", "AsyncMock")}


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
            why = _why_not(context, scope, item, call)
            if why:
                context.refusals.append((item.lineno, why))
            elif context.needs("goldenpath", "SSotMockFactory", item.lineno):
                maker, _ = _made(_kind(item.targets[0]))
                context.edits.append(context.document.replace(call, f"SSotMockFactory.{maker}()"))


def _kind(target: ast.expr) -> str:
    name = dotted(target).lower().removeprefix("mock_").removeprefix("fake_").removesuffix("_mock")
    name = _ALIASES.get(name, name)
    return name if name in FACTORY else ""


def _made(kind: str) -> tuple[str, set[str]]:
    """The factory's method for a kind, and what its double offers."""
    maker, _, offered = FACTORY[kind].partition(": ")
    return maker, set(offered.split())


def _why_not(context: Context, scope: Scope, item: ast.Assign, call: ast.Call) -> str:
    target = item.targets[0]
    if call.args or call.keywords:
        return "the mock is built with arguments, which the factory does not take over"
    if len(item.targets) != 1 or not isinstance(target, ast.Name) or not _kind(target):
        return f"the factory makes nothing that is called {dotted(target) or 'so'}"
    if scope.inner:
        return "an inner function may use the mock in ways that are not seen"
    maker, offered = _made(_kind(target))
    assigned = [each for each in scope.every(ast.Assign) if target.id in {dotted(part) for part in each.targets}]  # type: ignore[attr-defined]
    if len(assigned) > 1:
        return f"{target.id} is assigned more than once"
    uses = [each for each in scope.every(ast.Attribute) if dotted(each.value) == target.id]  # type: ignore[attr-defined]
    strange = sorted({each.attr for each in uses} - offered)  # type: ignore[attr-defined]
    if strange:
        return f"{maker} does not promise {', '.join(strange)}"
    if scope.loads.count(target.id) != len(uses):
        return f"{target.id} is passed on, and what is done with it there is not seen"
    return ""


STEPS: Final[dict[str, Callable[[Context], None]]] = {
    "environment": environment_reads,
    "imports": relative_imports,
    "async": async_cases,
    "mocks": direct_mocks,
}
"""The kinds of rewriting by the names `--only` takes."""


def import_edits(context: Context) -> list[Edit]:
    """One new line per module, after the last import of the top of the file."""
    if not context.imports:
        return []
    document = context.document
    top = [part for part in document.tree.body if isinstance(part, (ast.Import, ast.ImportFrom))]
    head = document.tree.body[: document.tree.body.index(top[-1]) + 1] if top else document.tree.body[:1]
    straight = all(isinstance(part, (ast.Import, ast.ImportFrom)) or _is_text(part) for part in head)
    last = top[-1] if top and straight else _last_of_head(document.tree.body)
    modules: dict[str, set[str]] = {}
    for module, name in context.imports:
        modules.setdefault(module, set()).add(name)
    lines = [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(modules.items())]
    newline = document.newline
    if last is None:
        return [Edit(0, 0, "".join(line + newline for line in lines))]
    _, at = document.range(last)
    if document.text[at : at + 1] == ";" or span(last)[1] != 0:
        raise_at = span(last)[0]
        context.refusals.append((raise_at, "there is no safe place for a new import"))
        return []
    end = re.compile(r"[^\r\n]*").match(document.text, at)
    assert end is not None
    return [Edit(end.end(), end.end(), "".join(newline + line for line in lines))]


def _last_of_head(body: list[ast.stmt]) -> ast.stmt | None:
    """The docstring and the imports that come before anything else."""
    last = None
    for part in body:
        if not (_is_text(part) or isinstance(part, (ast.Import, ast.ImportFrom))):
            break
        last = part
    return last


def _is_text(part: ast.stmt) -> bool:
    return isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
