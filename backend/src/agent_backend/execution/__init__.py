"""Running agents: in the open, in time, and to exactly one end."""

from __future__ import annotations

from agent_backend.execution.engine import UserExecutionEngine
from agent_backend.execution.narrator import Deliver, RunNarrator

__all__ = ["Deliver", "RunNarrator", "UserExecutionEngine"]
