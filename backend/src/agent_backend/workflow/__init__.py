"""From a question to the agents that answer it."""

from __future__ import annotations

from agent_backend.workflow.coordination import CoordinationError, CoordinationValidator
from agent_backend.workflow.dispatcher import REJECT, Ask, AskRefused, RunDispatcher, Taken
from agent_backend.workflow.orchestrator import WorkflowOrchestrator
from agent_backend.workflow.worker import RunWorker, WorkerRules

__all__ = [
    "REJECT",
    "Ask",
    "AskRefused",
    "CoordinationError",
    "CoordinationValidator",
    "RunDispatcher",
    "RunWorker",
    "Taken",
    "WorkerRules",
    "WorkflowOrchestrator",
]
