"""Who a test is: ids that no other test has, to tell apart what it leaves in logs and stores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaseContext:
    """The identity of one running test."""

    test_id: str
    trace_id: str
    user_id: str
    session_id: str

    @classmethod
    def new(cls, test_id: str, new_id: Callable[[], str]) -> CaseContext:
        """An identity for a test, its ids drawn from `new_id`."""
        return cls(test_id, f"trace-{new_id()}", f"user-{new_id()}", f"session-{new_id()}")
