"""Whose run this is: an immutable value that every layer below the socket receives instead of loose ids."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final

from agent_backend.context.ids import InvalidIdError, Kind, parse_id
from agent_backend.context.permission import Permission


class InvalidContextError(ValueError):
    """A context was built from an id that is blank, a placeholder, or of the wrong kind."""


_KINDS: Final = {
    "tenant_id": Kind.TENANT,
    "user_id": Kind.USER,
    "thread_id": Kind.THREAD,
    "run_id": Kind.RUN,
    "request_id": Kind.REQUEST,
    "connection_id": Kind.CONNECTION,
    "session_id": Kind.SESSION,
}


def _check_ids(value: object, ids: Mapping[str, str]) -> None:
    for name, text in ids.items():
        try:
            parse_id(text, _KINDS[name])
        except (InvalidIdError, TypeError) as error:
            raise InvalidContextError(f"{type(value).__name__}.{name}: {error}") from None


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated user: never taken from a message's body, only from a token or a ticket.

    By which session he came and what that lets him do is said beside who he is: two principals of one user are equal.
    """

    tenant_id: str
    user_id: str
    session_id: str | None = field(default=None, compare=False)
    permissions: frozenset[Permission] = field(default=frozenset(), compare=False)

    def __post_init__(self) -> None:
        _check_ids(self, {"tenant_id": self.tenant_id, "user_id": self.user_id})
        if self.session_id is not None:
            _check_ids(self, {"session_id": self.session_id})

    def may(self, permission: Permission) -> bool:
        """Whether this user may do that, coming as he did."""
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class UserExecutionContext:
    """One run of one user: who, in which thread, asked over which socket."""

    tenant_id: str
    user_id: str
    thread_id: str
    run_id: str
    request_id: str
    connection_id: str
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_ids(self, {each.name: getattr(self, each.name) for each in fields(self) if each.name in _KINDS})
        object.__setattr__(self, "metadata", MappingProxyType(copy.deepcopy(dict(self.metadata))))

    @property
    def principal(self) -> Principal:
        return Principal(self.tenant_id, self.user_id)
