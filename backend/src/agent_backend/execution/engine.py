"""Works on the runs of one user, each under its claim, from wherever its log stands to exactly one end."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, NamedTuple

from agent_backend.agents import AgentRegistry, Answer, ForeignContext
from agent_backend.context import Clock, Kind, Principal, UnifiedIDManager
from agent_backend.events import CANCELLED, RunEvents
from agent_backend.execution.faults import FaultPoint, Faults
from agent_backend.execution.journal import Brake, StepJournal, Stop
from agent_backend.execution.narrator import Deliver, RunNarrator
from agent_backend.execution.states import ExecutionState, Phase
from agent_backend.execution.steps import Workflow, WorkflowChanged
from agent_backend.execution.tracker import AgentExecutionTracker, Execution, Limits, Tier
from agent_backend.storage import Claim, RunFenced, RunLog, RunState, StoreUnavailable

AT_ONCE: Final = 4
"""How many runs of one user are worked on at the same time; the others wait for their turn."""
MOST_CLAIMS: Final = 5
"""How often a run is tried: one that has brought down so many processes will bring down the next."""
REMEMBERED: Final = 100

logger = logging.getLogger(__name__)


class _End(NamedTuple):
    """How a run ends that has no answer, in words that say nothing of the cause."""

    state: RunState
    code: str
    message: str
    retryable: bool


_FAILED: Final = _End(RunState.FAILED, "internal_error", "The answer could not be worked out.", True)
_CHANGED: Final = _End(RunState.FAILED, "workflow_changed", "The service was changed during the run; ask again.", True)
_ENDS: Final = {
    Stop.CANCELLED: _End(RunState.CANCELLED, CANCELLED, "The run was cancelled.", False),
    Stop.TIMEOUT: _End(RunState.TIMEOUT, "timeout", "The answer took too long.", True),
    Stop.DEAD: _End(RunState.DEAD, "agent_dead", "The agent gave no sign of life.", True),
}


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of a run here; without a state it was let go of: it is another's, or the log is out of reach."""

    run_id: str
    state: RunState | None
    seconds: float


@dataclass(frozen=True, slots=True)
class EngineParts:
    """What the engines of all users share."""

    log: RunLog
    registry: AgentRegistry
    tracker: AgentExecutionTracker
    deliver: Deliver
    clock: Clock
    ids: UnifiedIDManager
    faults: Faults
    limits: Limits = Tier.STANDARD.value
    at_once: int = AT_ONCE


class _Running(NamedTuple):
    task: asyncio.Task[RunReport]
    brake: Brake
    thread_id: str


class UserExecutionEngine:
    """One user's runs on this instance; whoever else's context comes in is refused."""

    def __init__(self, principal: Principal, parts: EngineParts) -> None:
        self.principal = principal
        self._parts = parts
        self._slots = asyncio.Semaphore(parts.at_once)
        self._running: dict[str, _Running] = {}
        self._history: deque[RunReport] = deque(maxlen=REMEMBERED)
        self._counts: Counter[str] = Counter()

    async def execute(self, claim: Claim, workflow: Workflow) -> RunReport:
        """Work on a run until it has ended or is another's; cancelled, it lets go of the run and tells nobody."""
        if claim.context.principal != self.principal:
            raise ForeignContext(f"the engine of {self.principal.user_id} does not run what belongs to another user")
        if claim.context.run_id in self._running:
            raise ValueError(f"{claim.context.run_id} is being worked on already")
        brake = Brake()
        began = self._parts.clock.monotonic()
        task = asyncio.create_task(self._in_turn(claim, workflow, brake, began), name=claim.context.run_id)
        self._running[claim.context.run_id] = _Running(task, brake, claim.context.thread_id)
        state = None
        try:
            report = await task
            state = report.state
            return report
        finally:
            task.cancel()
            await asyncio.wait([task])
            self._leave(RunReport(claim.context.run_id, state, self._parts.clock.monotonic() - began))

    def cancel(self, run_id: str) -> bool:
        """End a run that is worked on here; False when there is none."""
        if run_id not in self._running:
            return False
        self._running[run_id].brake.pull(Stop.CANCELLED)
        return True

    @property
    def running(self) -> list[str]:
        return list(self._running)

    @property
    def history(self) -> list[RunReport]:
        """The last runs, oldest first."""
        return list(self._history)

    def statistics(self) -> dict[str, float]:
        """How many runs ended how, and how long those that are remembered took."""
        took = [report.seconds for report in self._history]
        mean = sum(took) / len(took) if took else 0.0
        return {"running": float(len(self._running)), "mean_seconds": mean} | {
            k: float(v) for k, v in self._counts.items()
        }

    async def cleanup(self) -> None:
        """Let go of every run, and of the user's agents; may be called again."""
        tasks = [each.task for each in self._running.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._parts.registry.remove(self.principal)

    def _leave(self, report: RunReport) -> None:
        left = self._running.pop(report.run_id)
        self._history.append(report)
        self._counts[report.state.value if report.state else "let_go"] += 1
        session = self._parts.registry.get(self.principal)
        if session is not None:
            session.end_run(report.run_id)
            if all(each.thread_id != left.thread_id for each in self._running.values()):
                session.end_thread(left.thread_id)

    async def _in_turn(self, claim: Claim, workflow: Workflow, brake: Brake, began: float) -> RunReport:
        async with self._slots:
            tracked = self._parts.tracker.create(claim.context, workflow.name, limits=self._parts.limits)
            try:
                state = await self._work(claim, workflow, brake, tracked)
            finally:
                self._settle(tracked)
                await claim.context.cleanup()
        return RunReport(claim.context.run_id, state, self._parts.clock.monotonic() - began)

    async def _work(self, claim: Claim, workflow: Workflow, brake: Brake, tracked: str) -> RunState | None:
        """The attempt is a task of its own, so that stopping it stops all of it and none of us."""
        parts, tracker = self._parts, self._parts.tracker
        tracker.enter(tracked, Phase.PREPARING)
        self._move(tracked, ExecutionState.STARTING)
        events = RunEvents(
            run_id=claim.context.run_id, thread_id=claim.context.thread_id, epoch=claim.epoch, now=parts.clock.now
        )
        narrator = RunNarrator(
            claim,
            events,
            parts.log,
            parts.deliver,
            parts.faults,
            entered=lambda phase: self._enter(tracked, phase),
            cancelled=lambda: brake.pull(Stop.CANCELLED),
        )
        session = parts.registry.session(self.principal)
        session.associate(claim.context.run_id, narrator)
        journal = StepJournal(claim, workflow.name, session, narrator, parts.log, parts.clock, parts.faults, brake)
        if claim.cancel_requested:
            brake.pull(Stop.CANCELLED)
        elif claim.fence > MOST_CLAIMS:
            brake.pull(Stop.DEAD)
        attempt = asyncio.create_task(self._attempt(claim, workflow, narrator, journal, tracked))
        brake.hold(attempt)
        watch = _Watch(tracked, brake)
        tracker.on_death(watch)
        try:
            return await self._outcome(claim, workflow, narrator, brake, attempt, tracked)
        except (RunFenced, StoreUnavailable) as error:
            logger.warning("%s is let go of: %s", claim.context.run_id, error)
            return None
        finally:
            tracker.off_death(watch)
            attempt.cancel()
            await asyncio.wait([attempt])

    async def _outcome(
        self,
        claim: Claim,
        workflow: Workflow,
        narrator: RunNarrator,
        brake: Brake,
        attempt: asyncio.Task[Answer],
        tracked: str,
    ) -> RunState | None:
        deadline = claim.started_at + self._parts.limits.whole - self._parts.clock.now()
        done, _ = await asyncio.wait([attempt], timeout=max(deadline.total_seconds(), 0.0))
        if not done:
            brake.pull(Stop.TIMEOUT)
            await asyncio.wait([attempt])
        failure = None if attempt.cancelled() else attempt.exception()
        if not attempt.cancelled() and failure is None:
            answer = attempt.result()
            self._enter(tracked, Phase.COMPLETING)
            self._move(tracked, ExecutionState.COMPLETING)
            took = round((self._parts.clock.now() - claim.started_at) / timedelta(milliseconds=1))
            await narrator.completed(workflow.name, self._parts.ids.new(Kind.MESSAGE), answer, max(took, 0))
            self._enter(tracked, Phase.COMPLETED)
            self._move(tracked, ExecutionState.COMPLETED)
            return RunState.COMPLETED
        if isinstance(failure, (RunFenced, StoreUnavailable)) or brake.reason in {Stop.FENCED, Stop.STORE_AWAY}:
            logger.warning("%s is let go of: %s", claim.context.run_id, failure or brake.reason)
            return None
        if failure is not None:
            logger.error("%s failed", claim.context.run_id, exc_info=failure)
        end = (
            _ENDS[brake.reason]
            if brake.reason in _ENDS
            else _CHANGED
            if isinstance(failure, WorkflowChanged)
            else _FAILED
        )
        await narrator.failed(end.state, workflow.name, end.message, end.code, retryable=end.retryable)
        self._move(tracked, ExecutionState(end.state.value), end.code)
        return end.state

    async def _attempt(
        self, claim: Claim, workflow: Workflow, narrator: RunNarrator, journal: StepJournal, tracked: str
    ) -> Answer:
        await self._parts.faults.reached(FaultPoint.CLAIMED)
        await narrator.started(workflow.name, claim.question)
        self._move(tracked, ExecutionState.RUNNING)
        await narrator.close_open_calls()
        answer = await workflow.run(claim.question, claim.context, journal)
        if not isinstance(answer.get("text"), str):
            raise TypeError(f"the workflow {workflow.name} returned no text")
        self._enter(tracked, Phase.THINKING)
        self._enter(tracked, Phase.RESULT_PROCESSING)
        return answer

    def _enter(self, tracked: str, phase: Phase) -> None:
        """An execution that the tracker has ended is about to be stopped; what it still does moves it no further."""
        if not self._parts.tracker.get(tracked).state.final:
            self._parts.tracker.enter(tracked, phase)

    def _move(self, tracked: str, state: ExecutionState, error: str | None = None) -> None:
        if not self._parts.tracker.get(tracked).state.final:
            self._parts.tracker.move(tracked, state, error)

    def _settle(self, tracked: str) -> None:
        """A run that was let go of goes on elsewhere; here it has come to nothing."""
        self._move(tracked, ExecutionState.CANCELLED, "let go of")


@dataclass(frozen=True, slots=True)
class _Watch:
    """Stops the run of an execution that the tracker takes for dead."""

    tracked: str
    brake: Brake

    def __call__(self, execution: Execution) -> None:
        if execution.id == self.tracked:
            self.brake.pull(Stop.TIMEOUT if execution.state is ExecutionState.TIMEOUT else Stop.DEAD)
