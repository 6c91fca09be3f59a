"""From a question to the agents that answer it."""

from __future__ import annotations

from agent_backend.workflow.coordination import CoordinationError, CoordinationValidator
from agent_backend.workflow.dispatcher import Ask, AskRefused, RunDispatcher
from agent_backend.workflow.orchestrator import WorkflowOrchestrator

__all__ = [
    "Ask",
    "AskRefused",
    "CoordinationError",
    "CoordinationValidator",
    "RunDispatcher",
    "WorkflowOrchestrator",
]
