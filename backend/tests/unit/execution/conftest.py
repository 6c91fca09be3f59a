from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from agent_backend.agents import Agent, AgentRegistry
from agent_backend.context import Principal, UnifiedIDManager, UserExecutionContext
from agent_backend.events import Event
from agent_backend.execution import AgentExecutionTracker, EngineParts, Tier, UserExecutionEngine
from agent_backend.storage import Claim, Recorded, RunFenced, RunState, StoredStep, StoreUnavailable


class Story:
    """A log and a listener that write down, in one list, what is committed and what is sent."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.events: list[Event] = []
        self.steps: dict[str, StoredStep] = {}
        self.broken: set[str] = set()
        self.fence = 1
        self.state = RunState.RUNNING
        self.cancel_requested = False
        self.answer: Mapping[str, Any] | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self._reached: dict[str, asyncio.Event] = {}

    def reached(self, event_type: str) -> asyncio.Event:
        """Set when an event of this type is about to be committed."""
        return self._reached.setdefault(event_type, asyncio.Event())

    async def append(self, claim: Claim, event: Event) -> Recorded:
        return Recorded(await self._commit(claim, event), self.cancel_requested)

    async def complete_step(self, claim: Claim, step: StoredStep, now: object) -> bool:
        await self._write(claim, step.name)
        assert step.name not in self.steps
        self.steps[step.name] = step
        self.lines.append(f"commit step {step.name} {step.failure or ''}".strip())
        return self.cancel_requested

    async def end(
        self, claim: Claim, state: RunState, event: Event, message_id: str | None = None, answer: Any = None
    ) -> Event:
        committed = await self._commit(claim, event)
        self.state, self.answer = state, answer
        return committed

    def deliver(self, principal: Principal, event: Event) -> None:
        self.lines.append(f"send {event.type} {event.payload.get('code', '')}".strip())

    async def _commit(self, claim: Claim, event: Event) -> Event:
        self.reached(event.type).set()
        await self.gate.wait()
        await self._write(claim, event.type)
        numbered = event.numbered(len(self.events) + 1)
        self.events.append(numbered)
        self.lines.append(f"commit {event.type}")
        return numbered

    async def _write(self, claim: Claim, what: str) -> None:
        await asyncio.sleep(0)
        if what in self.broken:
            raise StoreUnavailable("PostgreSQL", "a secret reason")
        if claim.fence != self.fence or self.state.ended:
            raise RunFenced("void")


class Worker(Agent):
    """Thinks once, then does what it is told to."""

    agent_type = "worker"

    def __init__(self) -> None:
        self.then: Callable[[], Awaitable[Any]] | None = None
        self.tasks: list[Any] = []

    def get_capabilities(self) -> list[str]:
        return []

    async def execute(self, task: Any, context: Any, progress: Any, tools: Any) -> dict[str, Any]:
        self.tasks.append(task)
        await progress.thinking("hm", progress=0.5)
        done = None if self.then is None else await self.then()
        return {"text": "an answer"} if done is None else done


class Plain:
    """A workflow of one step after the other."""

    name = "plain"

    def __init__(self, *steps: str) -> None:
        self.steps = steps or ("only",)

    async def run(self, question: str, context: Any, steps: Any) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for step in self.steps:
            answer = await steps.run(step, "worker", {"question": question})
        return answer


@pytest.fixture
def log() -> Story:
    return Story()


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def parts(log: Story, worker: Worker, clock: Any, ids: UnifiedIDManager) -> EngineParts:
    from agent_backend.execution import NoFaults

    registry = AgentRegistry(clock, ids)
    registry.register("worker", lambda: worker)
    tracker = AgentExecutionTracker(clock, ids)
    return EngineParts(log, registry, tracker, log.deliver, clock, ids, NoFaults(), Tier.STANDARD.value)  # type: ignore[arg-type]


@pytest.fixture
def claim(clock: Any, log: Story, new_context: Callable[..., UserExecutionContext]) -> Claim:
    return Claim(new_context(), "question", 1, 1, 0, clock.now(), cancel_requested=False, steps=log.steps)


@pytest.fixture
def engine(parts: EngineParts, claim: Claim) -> UserExecutionEngine:
    return UserExecutionEngine(claim.context.principal, parts)


@pytest.fixture
def claim_again(log: Story, claim: Claim) -> Callable[[], Claim]:
    """Takes the run over, as another instance does."""

    def take() -> Claim:
        log.fence += 1
        return replace(claim, fence=log.fence, last_seq=len(log.events), steps=dict(log.steps))

    return take


@pytest.fixture
def plain() -> type[Plain]:
    return Plain
