"""Who acts, in which run, at what time: the facts that every floor above passes along."""

from __future__ import annotations

from agent_backend.context.account import Account
from agent_backend.context.border import Storable, first_problem
from agent_backend.context.cancellation import wanted
from agent_backend.context.clock import Clock, SystemClock
from agent_backend.context.ids import (
    InvalidIdError,
    Kind,
    ParsedId,
    UnifiedIDManager,
    check_id,
    first_id_of,
    is_id,
    parse_any_id,
    parse_id,
)
from agent_backend.context.permission import Permission, Role
from agent_backend.context.principal import ContextIsolationError, InvalidContextError, Principal
from agent_backend.context.session import EndedSession, Session
from agent_backend.context.trail import AuditTrail, TrailEntry
from agent_backend.context.user_context import Scope, UserExecutionContext

__all__ = [
    "Account",
    "AuditTrail",
    "Clock",
    "ContextIsolationError",
    "EndedSession",
    "InvalidContextError",
    "InvalidIdError",
    "Kind",
    "ParsedId",
    "Permission",
    "Principal",
    "Role",
    "Scope",
    "Session",
    "Storable",
    "SystemClock",
    "TrailEntry",
    "UnifiedIDManager",
    "UserExecutionContext",
    "check_id",
    "first_id_of",
    "first_problem",
    "is_id",
    "parse_any_id",
    "parse_id",
    "wanted",
]
