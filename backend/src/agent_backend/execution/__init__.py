"""Running agents: in the open, in time, and to exactly one end."""

from __future__ import annotations

from agent_backend.execution.breaker import BreakerOpen, BreakerRule, BreakerState, CircuitBreaker
from agent_backend.execution.engine import EngineParts, RunReport, UserExecutionEngine
from agent_backend.execution.engines import ExecutionEngines
from agent_backend.execution.faults import FaultPoint, Faults, NoFaults
from agent_backend.execution.narrator import Deliver, RunNarrator
from agent_backend.execution.states import PHASE_MOVES, STATE_MOVES, ExecutionState, IllegalTransition, Phase
from agent_backend.execution.steps import StepFailed, Steps, Workflow, WorkflowChanged
from agent_backend.execution.tracker import (
    AgentExecutionTracker,
    Execution,
    Limits,
    Tier,
    UnknownExecution,
    get_execution_tracker,
)

__all__ = [
    "PHASE_MOVES",
    "STATE_MOVES",
    "AgentExecutionTracker",
    "BreakerOpen",
    "BreakerRule",
    "BreakerState",
    "CircuitBreaker",
    "Deliver",
    "EngineParts",
    "Execution",
    "ExecutionEngines",
    "ExecutionState",
    "FaultPoint",
    "Faults",
    "IllegalTransition",
    "Limits",
    "NoFaults",
    "Phase",
    "RunNarrator",
    "RunReport",
    "StepFailed",
    "Steps",
    "Tier",
    "UnknownExecution",
    "UserExecutionEngine",
    "Workflow",
    "WorkflowChanged",
    "get_execution_tracker",
]
