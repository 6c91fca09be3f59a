"""Legacy websocket mocks to the scenario factories."""

from __future__ import annotations

import ast
from typing import Final

from goldenpath.audit.migration.context import Context

_CONSTRUCTORS: Final = {"MockWebSocketManager", "LegacyMockWebSocketManager"}
_HOMES: Final = {"goldenpath", "goldenpath.websocket"}


def legacy_constructors(context: Context) -> None:
    """`LegacyMockWebSocketManager(strict_mode=True)` becomes `create_compliance_mock()`."""
    for scope in context.scopes:
        for call in scope.every(ast.Call):
            assert isinstance(call, ast.Call)
            home, _, name = context.meant(scope, call.func).rpartition(".")
            if name not in _CONSTRUCTORS or home not in _HOMES:
                continue
            maker = _maker(call)
            if maker and context.needs("goldenpath", maker, call.lineno):
                context.edits.append(context.document.replace(call, f"{maker}()"))


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
