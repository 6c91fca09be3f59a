"""How to bring an execution somewhere."""

from __future__ import annotations

from typing import Final

from agent_backend.execution import AgentExecutionTracker, ExecutionState, Phase

STATES: Final = [
    ExecutionState.STARTING,
    ExecutionState.RUNNING,
    ExecutionState.COMPLETING,
    ExecutionState.COMPLETED,
]
PHASES: Final = [
    Phase.PREPARING,
    Phase.STARTING,
    Phase.THINKING,
    Phase.TOOL_EXECUTION,
    Phase.RESULT_PROCESSING,
    Phase.COMPLETING,
    Phase.COMPLETED,
]


def bring_to(tracker: AgentExecutionTracker, execution: str, state: ExecutionState) -> None:
    """By the shortest way."""
    if state in STATES:
        for step in STATES[: STATES.index(state) + 1]:
            tracker.move(execution, step)
    elif state is not ExecutionState.PENDING:
        tracker.move(execution, state)
