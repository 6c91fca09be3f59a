"""Runs that a test admits and claims by itself, and engines that work on them for their users."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import psycopg
import pytest

from agent_backend.agents import AgentRegistry
from agent_backend.context import Kind, Principal, UserExecutionContext
from agent_backend.events import Event
from agent_backend.execution import AgentExecutionTracker, EngineParts, NoFaults, UserExecutionEngine
from agent_backend.storage import Admission, Claim, Outcome, RunHistory, RunLog, RunSummary
from agent_backend.workflow import WorkflowOrchestrator

from ..instances import instance, listener_only, new_clone, new_registry, start_instance

FIXTURES = (instance, listener_only, new_clone, new_registry, start_instance)
"""Those that all suites share."""

QUESTION = "What do we spend?"


class Totals:
    """A workflow of one step: the data agent adds the records up, by a tool that runs real SQL."""

    name = "totals"

    async def run(self, question: str, context: UserExecutionContext, steps: Any) -> dict[str, Any]:
        goal = {"intent": "spend", "grouping": "model", "reduction": None, "keep_latency": False}
        found = await steps.run("sum", "data", {"goal": goal})
        return {"text": f"{question} {found['totals']['cost']}", **found["totals"]}


class Broken:
    """A workflow with a defect, whose text says what nobody may read."""

    name = "broken"

    def __init__(self, secret: str) -> None:
        self.secret = secret

    async def run(self, question: str, context: UserExecutionContext, steps: Any) -> dict[str, Any]:
        await steps.thinking("I am about to fail.")
        raise ZeroDivisionError(self.secret)


@dataclass
class Desk:
    """Where a test puts questions and sees what became of them."""

    instance: Any
    parts: EngineParts
    log: RunLog
    history: RunHistory
    totals: type[Totals] = Totals
    broken: type[Broken] = Broken

    @property
    def ids(self) -> Any:
        return self.instance.services.ids

    @property
    def supervisor(self) -> WorkflowOrchestrator:
        return WorkflowOrchestrator()

    def engine(self, owner: Principal, **changes: Any) -> UserExecutionEngine:
        """An engine of this user, with some of its parts exchanged."""
        return UserExecutionEngine(owner, replace(self.parts, **changes))

    async def admit(self, owner: Principal, question: str = QUESTION, permissions: Any = None) -> UserExecutionContext:
        """Store a question and its run, which nobody works on yet."""
        new = self.ids.new
        context = UserExecutionContext(
            tenant_id=owner.tenant_id,
            user_id=owner.user_id,
            thread_id=new(Kind.THREAD),
            run_id=new(Kind.RUN),
            request_id=new(Kind.REQUEST),
            permissions=owner.permissions if permissions is None else frozenset(permissions),
        )
        admission = Admission(context, new(Kind.MESSAGE), new(Kind.REQUEST), question, opens_thread=True, may_wait=0)
        assert await self.log.admit(admission, self.parts.clock.now()) is Outcome.ADMITTED
        return context

    async def take(self, context: UserExecutionContext, worker: str = "one") -> Claim:
        """Claim a run, as the worker of an instance does."""
        claim = await self.log.claim(context.tenant_id, context.run_id, worker, self.parts.clock.now())
        assert claim is not None
        return claim

    async def claim(self, owner: Principal, question: str = QUESTION, permissions: Any = None) -> Claim:
        """A new run of this user, claimed."""
        return await self.take(await self.admit(owner, question, permissions))

    async def events(self, owner: Principal, run_id: str) -> list[Event]:
        """What the log holds of a run, as its owner reads it."""
        return await self.history.events(owner, run_id, 0)

    async def told(self, owner: Principal, run_id: str) -> list[dict[str, Any]]:
        """The same as the frames that a client gets."""
        return [json.loads(event.frame) for event in await self.events(owner, run_id)]

    async def calls_begun(self, owner: Principal, run_id: str) -> bool:
        """Whether an agent of the run has called a tool."""
        return any(event.type == "tool_executing" for event in await self.events(owner, run_id))

    async def summary(self, owner: Principal, run_id: str) -> RunSummary:
        found = await self.history.summary(owner, run_id)
        assert found is not None
        return found

    @asynccontextmanager
    async def records_held(self) -> AsyncIterator[None]:
        """While this lasts, whoever adds up usage records waits."""
        async with await psycopg.AsyncConnection.connect(self.instance.database_url) as connection:
            await connection.execute("LOCK TABLE usage_records IN ACCESS EXCLUSIVE MODE")
            yield


@pytest.fixture
def desk(listener_only: Any, new_registry: Callable[..., AgentRegistry]) -> Desk:
    services = listener_only.services
    log = RunLog(services.database)
    parts = EngineParts(
        log,
        new_registry(listener_only),
        AgentExecutionTracker(services.clock, services.ids),
        services.sockets.deliver,
        services.clock,
        services.ids,
        NoFaults(),
    )
    return Desk(listener_only, parts, log, RunHistory(services.database))
