"""Who is authenticated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from agent_backend.context.ids import InvalidIdError, Kind, check_id
from agent_backend.context.permission import Permission


class InvalidContextError(ValueError):
    """A context was built from what cannot be: a blank or placeholder id, one of the wrong kind, a reserved key."""


class ContextIsolationError(InvalidContextError):
    """A context was about to carry something of another user or tenant; the text never shows what."""


ID_KINDS: Final = {
    "tenant_id": Kind.TENANT,
    "user_id": Kind.USER,
    "thread_id": Kind.THREAD,
    "run_id": Kind.RUN,
    "request_id": Kind.REQUEST,
    "connection_id": Kind.CONNECTION,
    "session_id": Kind.SESSION,
}


def check_ids(value: object, ids: Mapping[str, str | None], *, optional: frozenset[str] = frozenset()) -> None:
    """Raise InvalidContextError for the first id that is not what its field says; only optional ones may be None."""
    for name, text in ids.items():
        if text is None and name in optional:
            continue
        try:
            check_id(text or "", ID_KINDS[name])
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
        ids = {"tenant_id": self.tenant_id, "user_id": self.user_id, "session_id": self.session_id}
        check_ids(self, ids, optional=frozenset({"session_id"}))

    def may(self, permission: Permission) -> bool:
        """Whether this user may do that, coming as he did."""
        return permission in self.permissions
