"""Running agents: in the open, in time, and to exactly one end."""

from __future__ import annotations

from agent_backend.execution.engine import UserExecutionEngine
from agent_backend.execution.narrator import Deliver, RunNarrator
from agent_backend.execution.steps import StepFailed, Steps, Workflow, WorkflowChanged

__all__ = [
    "Deliver",
    "RunNarrator",
    "StepFailed",
    "Steps",
    "UserExecutionEngine",
    "Workflow",
    "WorkflowChanged",
]
