"""Keeps track of every execution on this instance: its state, its phase, whether it still lives."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from functools import cache
from typing import Final

from agent_backend.context import Clock, Kind, Principal, SystemClock, UnifiedIDManager, UserExecutionContext
from agent_backend.execution.breaker import BreakerRule, CircuitBreaker
from agent_backend.execution.states import PHASE_MOVES, STATE_MOVES, ExecutionState, IllegalTransition, Phase

HISTORY: Final = 1000
"""How many ended executions are remembered; the oldest is forgotten first."""

logger = logging.getLogger(__name__)


class UnknownExecution(KeyError):
    """There is no execution of this id on this instance, or it has been forgotten."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an execution may take in all, and how long it may be silent before it is taken for dead."""

    whole: timedelta
    silence: timedelta


class Tier(Enum):
    """How patient to be with an execution."""

    QUICK = Limits(timedelta(seconds=30), timedelta(seconds=15))
    STANDARD = Limits(timedelta(minutes=2), timedelta(minutes=1))
    PATIENT = Limits(timedelta(minutes=10), timedelta(minutes=3))


@dataclass(frozen=True, slots=True)
class Execution:
    """What is known of one execution; a new value after every change."""

    id: str
    context: UserExecutionContext
    agent_name: str
    limits: Limits
    state: ExecutionState
    phase: Phase
    began: float
    heard: float
    ended: float | None = None
    error: str | None = None
    phases: tuple[Phase, ...] = field(default=(Phase.CREATED,))


Watcher = Callable[[Execution], object]


class AgentExecutionTracker:
    """Every method may be called from any thread; watchers are called outside the lock, in the thread of the caller."""

    def __init__(self, clock: Clock, ids: UnifiedIDManager, history: int = HISTORY) -> None:
        self._clock = clock
        self._ids = ids
        self._lock = threading.RLock()
        self._active: dict[str, Execution] = {}
        self._ended: deque[Execution] = deque(maxlen=history)
        self._counts: Counter[ExecutionState] = Counter()
        self._breakers: dict[str, CircuitBreaker] = {}
        self._on_death: list[Watcher] = []
        self._on_phase: list[Watcher] = []

    def create(
        self, context: UserExecutionContext, agent_name: str, tier: Tier = Tier.STANDARD, limits: Limits | None = None
    ) -> str:
        """Begin to track an execution and return its id."""
        now = self._clock.monotonic()
        execution_id = self._ids.new(Kind.EXECUTION)
        made = limits or tier.value
        execution = Execution(execution_id, context, agent_name, made, ExecutionState.PENDING, Phase.CREATED, now, now)
        with self._lock:
            self._active[execution_id] = execution
        return execution_id

    def get(self, execution_id: str) -> Execution:
        """What is known of an execution, ended ones included; raises UnknownExecution."""
        with self._lock:
            found = self._active.get(execution_id) or next((e for e in self._ended if e.id == execution_id), None)
        if found is None:
            raise UnknownExecution(f"there is no execution {execution_id!r} on this instance")
        return found

    def move(self, execution_id: str, state: ExecutionState, error: str | None = None) -> Execution:
        """Change the state; a move that the table does not allow raises, and so does any value that is no state."""
        if not isinstance(state, ExecutionState):
            raise TypeError(f"a state is an ExecutionState, such as ExecutionState.RUNNING, not {state!r}")
        with self._lock:
            before = self.get(execution_id)
            if state not in STATE_MOVES[before.state]:
                raise IllegalTransition(execution_id, before.state, state, frozenset(STATE_MOVES[before.state]))
            now = self._clock.monotonic()
            after = replace(before, state=state, heard=now, error=error, ended=now if state.final else None)
            self._active[execution_id] = after
            if state.final:
                self._end(after)
        if state in {ExecutionState.DEAD, ExecutionState.TIMEOUT}:
            self._tell(self._on_death, after)
        return after

    def enter(self, execution_id: str, phase: Phase) -> Execution:
        """Change the phase; staying in one is no change, and a move that the table does not allow raises."""
        if not isinstance(phase, Phase):
            raise TypeError(f"a phase is a Phase, such as Phase.THINKING, not {phase!r}")
        with self._lock:
            before = self.get(execution_id)
            if before.state.final:
                raise IllegalTransition(execution_id, before.state, phase, frozenset())
            if before.phase is phase:
                return self.heartbeat(execution_id)
            if phase not in PHASE_MOVES[before.phase]:
                raise IllegalTransition(execution_id, before.phase, phase, frozenset(PHASE_MOVES[before.phase]))
            after = replace(before, phase=phase, heard=self._clock.monotonic(), phases=(*before.phases, phase)[-64:])
            self._active[execution_id] = after
        self._tell(self._on_phase, after)
        return after

    def heartbeat(self, execution_id: str) -> Execution:
        """A sign of life; an ended execution gives none."""
        with self._lock:
            before = self.get(execution_id)
            if before.state.final:
                return before
            after = self._active[execution_id] = replace(before, heard=self._clock.monotonic())
            return after

    def check(self) -> list[Execution]:
        """End what has taken too long or was silent for too long, and return it; heartbeats do not save it."""
        now = self._clock.monotonic()
        ended = []
        for execution in self.active():
            limits = execution.limits
            late = now - execution.began >= limits.whole.total_seconds()
            if not late and now - execution.heard < limits.silence.total_seconds():
                continue
            state = ExecutionState.TIMEOUT if late else ExecutionState.DEAD
            reason = f"took longer than {limits.whole}" if late else f"gave no sign of life for {limits.silence}"
            try:
                ended.append(self.move(execution.id, state, reason))
            except (IllegalTransition, UnknownExecution):
                continue
        return ended

    async def monitor(self, interval: timedelta) -> None:
        """Check again and again, until cancelled."""
        while True:
            await asyncio.sleep(interval.total_seconds())
            self.check()

    def on_death(self, watcher: Watcher) -> None:
        """Also tell this one of every execution that was ended from outside: it is dead, or takes too long."""
        self._on_death.append(watcher)

    def off_death(self, watcher: Watcher) -> None:
        """Tell this one no longer."""
        self._on_death.remove(watcher)

    def on_phase(self, watcher: Watcher) -> None:
        """Also tell this one of every change of phase."""
        self._on_phase.append(watcher)

    def active(self, owner: Principal | None = None) -> list[Execution]:
        """The executions that have not ended: all, or one user's."""
        with self._lock:
            return [each for each in self._active.values() if owner in (None, each.context.principal)]

    def history(self, owner: Principal | None = None) -> list[Execution]:
        """The last executions that have ended, oldest first: all, or one user's."""
        with self._lock:
            return [each for each in self._ended if owner in (None, each.context.principal)]

    def forget_ended(self) -> int:
        """Drop what has ended and return how many that were; the counts stay."""
        with self._lock:
            dropped = len(self._ended)
            self._ended.clear()
            return dropped

    def breaker(self, operation: str, rule: BreakerRule | None = None) -> CircuitBreaker:
        """The breaker of an operation, one for all who ask for it."""
        with self._lock:
            return self._breakers.setdefault(operation, CircuitBreaker(operation, self._clock, rule))

    def metrics(self) -> dict[str, float]:
        """How many executions are active, how many ended in which state, and how long the remembered ones took."""
        with self._lock:
            took = [each.ended - each.began for each in self._ended if each.ended is not None]
            counts = {state.value: float(self._counts[state]) for state in ExecutionState if state.final}
            total = sum(counts.values())
            return {
                "active": float(len(self._active)),
                **counts,
                "success_rate": counts["completed"] / total if total else 0.0,
                "mean_seconds": sum(took) / len(took) if took else 0.0,
            }

    def _end(self, execution: Execution) -> None:
        del self._active[execution.id]
        self._ended.append(execution)
        self._counts[execution.state] += 1

    def _tell(self, watchers: list[Watcher], execution: Execution) -> None:
        for watcher in tuple(watchers):
            try:
                watcher(execution)
            except Exception:
                logger.exception("a watcher of %s failed", execution.id)


@cache
def get_execution_tracker() -> AgentExecutionTracker:
    """The tracker of this process, for whoever was given none."""
    clock = SystemClock()
    return AgentExecutionTracker(clock, UnifiedIDManager(clock))
