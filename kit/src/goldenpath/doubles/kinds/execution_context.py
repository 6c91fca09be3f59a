"""What one execution of an agent knows about itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from goldenpath.doubles.kinds.kind import Kind
from goldenpath.doubles.kinds.user_context import State


@runtime_checkable
class ExecutionContext(Protocol):
    """The ids of one execution, and its state."""

    user_id: str
    thread_id: str
    run_id: str
    request_id: str
    created_at: datetime

    def get_state(self, key: str | None = None, default: Any = None) -> Any: ...
    def set_state(self, key: str, value: Any) -> None: ...


class Behaviour(State):
    """Holds its ids and its own state."""

    __slots__ = ("created_at", "request_id", "run_id", "thread_id", "user_id")

    def __init__(self, user_id: str, thread_id: str, run_id: str, request_id: str, created_at: datetime) -> None:
        super().__init__()
        self.user_id = user_id
        self.thread_id = thread_id
        self.run_id = run_id
        self.request_id = request_id
        self.created_at = created_at


KIND = Kind("execution_context", ExecutionContext)
