"""Legacy websocket mocks to the scenario factories."""

from __future__ import annotations

import ast
from typing import Final

from goldenpath.audit.migration.edits import Document, Unsafe
from goldenpath.audit.migration.steps import Context, import_edits

_CONSTRUCTORS: Final = {"MockWebSocketManager", "LegacyMockWebSocketManager"}
_HOMES: Final = {"goldenpath", "goldenpath.websocket"}


def migrate_legacy_mock_usage(source: str) -> str:
    """Rewrite legacy websocket mocks in a module's source as calls of the scenario factories.

    `MockWebSocketManager()` and `LegacyMockWebSocketManager(strict_mode=False)` become `create_basic_mock()`, and
    `strict_mode=True` becomes `create_compliance_mock()`. Anything built with other arguments, and any class of that
    name that is the module's own, stays as it is; so does every other byte. Source that does not parse is refused.
    """
    try:
        document = Document(source.encode("utf-8"))
    except (Unsafe, UnicodeEncodeError) as error:
        raise ValueError(f"the source cannot be migrated: {error}") from None
    context = Context(document, "")
    for scope in context.scopes:
        for call in scope.every(ast.Call):
            assert isinstance(call, ast.Call)
            home, _, name = context.meant(scope, call.func).rpartition(".")
            if name not in _CONSTRUCTORS or home not in _HOMES:
                continue
            maker = _maker(call)
            if maker and context.needs("goldenpath", maker, call.lineno):
                context.edits.append(document.replace(call, f"{maker}()"))
    if not context.edits:
        return source
    imports = import_edits(context)
    if context.imports and not imports:
        return source
    try:
        return document.applied([*context.edits, *imports]).decode("utf-8")
    except Unsafe as error:
        raise ValueError(f"the source cannot be migrated: {error}") from None


def _maker(call: ast.Call) -> str:
    """The factory that makes what a constructor call makes, or "" when none certainly does."""
    settings = {keyword.arg: keyword.value for keyword in call.keywords}
    if call.args or set(settings) - {"strict_mode"}:
        return ""
    strict = settings.get("strict_mode")
    if strict is None:
        return "create_basic_mock"
    if not isinstance(strict, ast.Constant) or not isinstance(strict.value, bool):
        return ""
    return "create_compliance_mock" if strict.value else "create_basic_mock"
