"""Whose run this is: an immutable value that every layer below the socket receives instead of loose ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from urllib.parse import quote

from agent_backend.context.cleanup import Cleanup, CleanupStack
from agent_backend.context.metadata import frozen_metadata, thawed
from agent_backend.context.permission import Permission
from agent_backend.context.principal import (
    ContextIsolationError,
    InvalidContextError,
    Principal,
    check_ids,
)
from agent_backend.context.trail import AuditTrail, TrailEntry

DEEPEST: Final = 10
_INHERITED: Final = ("tenant_id", "user_id", "thread_id", "run_id", "connection_id", "permissions")


class Scope(StrEnum):
    """How far a key reaches; every scope includes those before it."""

    TENANT = "tenant"
    USER = "user"
    THREAD = "thread"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class UserExecutionContext:
    """One run of one user: who, in which thread, asked over which socket (None where the socket is gone).

    A child is a piece of the same run: it has a request id of its own, one level more of depth, and shares the trail.
    """

    tenant_id: str
    user_id: str
    thread_id: str
    run_id: str
    request_id: str
    connection_id: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict, hash=False)
    permissions: frozenset[Permission] = frozenset()
    depth: int = 0
    parent: UserExecutionContext | None = field(default=None, repr=False)
    trail: AuditTrail = field(default_factory=AuditTrail, repr=False, compare=False)
    _cleanups: CleanupStack = field(default_factory=CleanupStack, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ids = {
            "tenant_id": self.tenant_id,
            "user_id": self.user_id,
            "thread_id": self.thread_id,
            "run_id": self.run_id,
            "request_id": self.request_id,
            "connection_id": self.connection_id,
        }
        check_ids(self, ids, optional=frozenset({"connection_id"}))
        owners = {"tenant_id": self.tenant_id, "user_id": self.user_id}
        object.__setattr__(self, "metadata", frozen_metadata(self.metadata, owners))
        self._check_descent()

    @property
    def principal(self) -> Principal:
        """The user of this run."""
        return Principal(self.tenant_id, self.user_id, permissions=self.permissions)

    @property
    def correlation_id(self) -> str:
        """The request that all of this goes back to: the same in every child."""
        return self.request_id if self.parent is None else self.parent.correlation_id

    def child(self, request_id: str, **metadata: Any) -> UserExecutionContext:
        """A piece of this run, with the metadata of this context and more; cleaned up with it at the latest."""
        made = UserExecutionContext(
            request_id=request_id,
            metadata=thawed(self.metadata) | metadata,
            depth=self.depth + 1,
            parent=self,
            trail=self.trail,
            **{name: getattr(self, name) for name in _INHERITED},
        )
        self.add_cleanup(made.cleanup)
        return made

    def scoped_key(self, *parts: str, scope: Scope = Scope.USER) -> str:
        """A key that nobody outside of the scope can make, whatever the parts hold: `tenant:ten_…:user:usr_…:…`."""
        if not parts or not all(parts):
            raise InvalidContextError("a scoped key needs at least one part, and none of them blank")
        ids: list[str] = []
        for level in Scope:
            ids += [level.value, getattr(self, f"{level.value}_id")]
            if level is scope:
                break
        return ":".join([*ids, *(quote(part, safe="") for part in parts)])

    def note(self, action: str, at: datetime, **facts: Any) -> None:
        """Add to the audit trail of the run; what belongs to another user is refused here as well."""
        owners = {"tenant_id": self.tenant_id, "user_id": self.user_id}
        self.trail.add(TrailEntry(at, action, self.request_id, self.depth, frozen_metadata(facts, owners)))

    def add_cleanup(self, cleanup: Cleanup) -> None:
        """Have something called, plain or async, when this context is cleaned up."""
        self._cleanups.push(cleanup)

    async def cleanup(self) -> None:
        """Run the cleanups, the latest first, those of children at the place where the child was made; only once."""
        await self._cleanups.close()

    def _check_descent(self) -> None:
        if self.depth != (0 if self.parent is None else self.parent.depth + 1):
            raise InvalidContextError(f"{type(self).__name__}.depth: must be one more than its parent's, or 0")
        if self.depth > DEEPEST:
            raise InvalidContextError(f"{type(self).__name__}.depth: a context has at most {DEEPEST} ancestors")
        if self.parent is None:
            return
        for name in ("tenant_id", "user_id", "thread_id", "run_id"):
            if getattr(self, name) != getattr(self.parent, name):
                raise ContextIsolationError(f"{type(self).__name__}.{name}: is not its parent's")
        if not self.permissions <= self.parent.permissions:
            raise ContextIsolationError(f"{type(self).__name__}.permissions: are more than its parent's")
        if self.request_id == self.parent.request_id:
            raise InvalidContextError(f"{type(self).__name__}.request_id: a child needs one of its own")
