"""Whose work is being done: the frozen context that every layer hands on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from goldenpath.doubles.kinds.kind import Kind


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class UserContext:
    """The built-in user context: frozen ids, and a state of its own that is never shared."""

    user_id: str
    thread_id: str
    run_id: str
    request_id: str = ""
    websocket_client_id: str | None = None
    connection_id: str | None = None
    tenant: str | None = None
    created_at: datetime = field(default_factory=_now, compare=False)


class State:
    """What `get_state` and `set_state` do for a context whose class has none of its own."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def get_state(self, key: str | None = None, default: Any = None) -> Any:
        """Give one value, or without a key a copy of them all."""
        return dict(self._values) if key is None else self._values.get(key, default)

    def set_state(self, key: str, value: Any) -> None:
        """Keep a value under a key."""
        self._values[key] = value


KIND = Kind("user_context", UserContext)
