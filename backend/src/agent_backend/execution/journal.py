"""The steps of one run under one claim: stored ones answer, the others are carried out and stored."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from agent_backend.agents import AgentSession, Answer, Assignment, UnknownAgent
from agent_backend.context import Clock
from agent_backend.execution.faults import FaultPoint, Faults
from agent_backend.execution.narrator import RunNarrator
from agent_backend.execution.steps import StepFailed, WorkflowChanged
from agent_backend.storage import Claim, RunFenced, RunLog, StoredStep, StoreUnavailable

AGENT_FAILED = "agent_failed"

logger = logging.getLogger(__name__)


class Stop(Enum):
    """Why a run is ended, or let go of, from outside of its workflow."""

    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    DEAD = "dead"
    FENCED = "fenced"
    STORE_AWAY = "store_away"


class Brake:
    """Stops the task of a run once, and remembers why; the workflow sees an ordinary cancellation."""

    def __init__(self) -> None:
        self.reason: Stop | None = None
        self._task: asyncio.Task[Any] | None = None

    def hold(self, task: asyncio.Task[Any]) -> None:
        """This is the task to stop, perhaps at once."""
        self._task = task
        if self.reason is not None:
            task.cancel()

    def pull(self, reason: Stop) -> None:
        """Stop it; the first reason counts."""
        if self.reason is None:
            self.reason = reason
            if self._task is not None:
                self._task.cancel()


@dataclass(frozen=True, slots=True)
class StepProgress:
    """What an agent tells within its step."""

    narrator: RunNarrator
    agent_name: str
    position: int

    async def thinking(self, reasoning: str, *, progress: float = 0.0) -> None:
        await self.narrator.thinking(self.agent_name, reasoning, self.position, progress)

    async def tool_executing(self, tool_call_id: str, tool_name: str, parameters: Mapping[str, Any]) -> None:
        await self.narrator.tool_executing(self.agent_name, tool_name, parameters, tool_call_id)

    async def tool_completed(
        self, tool_call_id: str, tool_name: str, result: Any, *, duration_ms: int, ok: bool
    ) -> None:
        await self.narrator.tool_completed(self.agent_name, tool_name, result, tool_call_id, duration_ms, ok)


class StepJournal:
    """Implements `Steps`."""

    def __init__(
        self,
        claim: Claim,
        workflow: str,
        session: AgentSession,
        narrator: RunNarrator,
        log: RunLog,
        clock: Clock,
        faults: Faults,
        brake: Brake,
    ) -> None:
        self._claim = claim
        self._workflow = workflow
        self._session = session
        self._narrator = narrator
        self._log = log
        self._clock = clock
        self._faults = faults
        self._brake = brake
        self._asked: set[str] = set()
        self._position = max((step.position for step in claim.steps.values()), default=0)

    async def run(self, name: str, agent: str, inputs: Mapping[str, Any] | None = None) -> Answer:
        if name in self._asked:
            raise ValueError(f"the step {name!r} was asked for before in this run; a step has its name to itself")
        self._asked.add(name)
        given = _plain(inputs or {})
        stored = self._claim.steps.get(name)
        if stored is None:
            stored = await self._guarded(name, agent, given)
        elif (stored.agent, stored.inputs) != (agent, given):
            raise WorkflowChanged(
                f"the step {name!r} is stored for {stored.agent}; the workflow asks {agent}, or with other inputs"
            )
        if stored.result is None:
            raise StepFailed(name, stored.failure or AGENT_FAILED)
        return stored.result

    async def thinking(self, reasoning: str, *, progress: float = 0.0) -> None:
        await self._narrator.thinking(self._workflow, reasoning, self._position + 1, progress)

    async def _guarded(self, name: str, agent: str, inputs: dict[str, Any]) -> StoredStep:
        """What is no failure of the agent stops the run and passes the workflow by, however tolerant that is."""
        try:
            return await self._carry_out(name, agent, inputs)
        except RunFenced:
            self._brake.pull(Stop.FENCED)
        except StoreUnavailable:
            logger.exception("the step %s of %s could not be written down", name, self._claim.context.run_id)
            self._brake.pull(Stop.STORE_AWAY)
        return await asyncio.Future()

    async def _carry_out(self, name: str, agent: str, inputs: dict[str, Any]) -> StoredStep:
        self._position += 1
        position = self._position
        worker = self._session.agent(agent, self._claim.context.thread_id)
        await self._faults.reached(FaultPoint.STEP_BEGUN, name)
        progress = StepProgress(self._narrator, agent, position)
        tools = self._session.tools(self._claim.context, progress)
        result, failure = None, None
        try:
            result = _plain(
                await worker.execute(Assignment(self._claim.question, inputs), self._claim.context, progress, tools)
            )
        except (RunFenced, StoreUnavailable, UnknownAgent):
            raise
        except Exception:
            logger.exception("%s failed in the step %s of %s", agent, name, self._claim.context.run_id)
            failure = AGENT_FAILED
        await self._faults.reached(FaultPoint.STEP_WORKED, name)
        step = StoredStep(name, position, agent, inputs, result, failure)
        if await self._log.complete_step(self._claim, step, self._clock.now()):
            self._brake.pull(Stop.CANCELLED)
        await self._faults.reached(FaultPoint.STEP_STORED, name)
        return step


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    """As it will be when it comes back from the log; what is no plain JSON raises here, not after a crash."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(value), ensure_ascii=False, allow_nan=False))
    return plain
