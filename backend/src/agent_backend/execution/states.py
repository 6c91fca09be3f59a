"""How far the work on a run has come: its states, its phases, and the tables of the moves that are allowed."""

from __future__ import annotations

from enum import Enum
from typing import Final


class ExecutionState(Enum):
    """What is to be said of an execution from outside; the last five are final."""

    PENDING = "pending"
    STARTING = "starting"
    RUNNING = "running"
    COMPLETING = "completing"
    COMPLETED = "completed"
    FAILED = "failed"
    TIMEOUT = "timeout"
    DEAD = "dead"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        return not STATE_MOVES[self]


class Phase(Enum):
    """What an execution is doing."""

    CREATED = "created"
    PREPARING = "preparing"
    STARTING = "starting"
    THINKING = "thinking"
    TOOL_EXECUTION = "tool_execution"
    RESULT_PROCESSING = "result_processing"
    COMPLETING = "completing"
    COMPLETED = "completed"


_ENDS: Final = frozenset({ExecutionState.FAILED, ExecutionState.TIMEOUT, ExecutionState.DEAD, ExecutionState.CANCELLED})

STATE_MOVES: Final[dict[ExecutionState, frozenset[ExecutionState]]] = {
    ExecutionState.PENDING: _ENDS | {ExecutionState.STARTING},
    ExecutionState.STARTING: _ENDS | {ExecutionState.RUNNING},
    ExecutionState.RUNNING: _ENDS | {ExecutionState.COMPLETING},
    ExecutionState.COMPLETING: _ENDS | {ExecutionState.COMPLETED},
    ExecutionState.COMPLETED: frozenset(),
    ExecutionState.FAILED: frozenset(),
    ExecutionState.TIMEOUT: frozenset(),
    ExecutionState.DEAD: frozenset(),
    ExecutionState.CANCELLED: frozenset(),
}

PHASE_MOVES: Final[dict[Phase, frozenset[Phase]]] = {
    Phase.CREATED: frozenset({Phase.PREPARING}),
    Phase.PREPARING: frozenset({Phase.STARTING}),
    Phase.STARTING: frozenset({Phase.THINKING}),
    Phase.THINKING: frozenset({Phase.TOOL_EXECUTION, Phase.RESULT_PROCESSING}),
    Phase.TOOL_EXECUTION: frozenset({Phase.THINKING, Phase.RESULT_PROCESSING}),
    Phase.RESULT_PROCESSING: frozenset({Phase.COMPLETING}),
    Phase.COMPLETING: frozenset({Phase.COMPLETED}),
    Phase.COMPLETED: frozenset(),
}


class IllegalTransition(RuntimeError):
    """A move that the tables do not allow: a defect of whoever asked for it."""

    def __init__(self, execution_id: str, before: Enum, wanted: Enum, allowed: frozenset[Enum]) -> None:
        names = ", ".join(sorted(str(each.value) for each in allowed)) or "nothing: it has ended"
        super().__init__(f"{execution_id} is {before.value} and cannot become {wanted.value}; allowed is {names}")
