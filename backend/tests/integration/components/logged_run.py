"""Runs that a test admits and claims, to emit their events by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from agent_backend.context import Kind, Principal, UserExecutionContext
from agent_backend.events import Event, RunEvents
from agent_backend.realtime import UnifiedWebSocketEmitter
from agent_backend.storage import Admission, Outcome, RunLog

from .instances import Instance


@dataclass(frozen=True)
class LoggedRun:
    """A run that is claimed by the test: what it emits is in the log before a socket has it."""

    context: UserExecutionContext
    emitter: UnifiedWebSocketEmitter
    events: RunEvents
    record: Callable[[Event], Awaitable[Event]]

    @property
    def run_id(self) -> str:
        return self.context.run_id

    async def begin(self) -> Any:
        return await self.emitter.emit_agent_started(self.run_id, "advisor", "a task")

    async def think(self, reasoning: str = "hm") -> Any:
        return await self.emitter.emit_agent_thinking(self.run_id, "advisor", reasoning)

    async def record_thought(self, reasoning: str) -> Event:
        """Write an event down that is still to be delivered."""
        return await self.record(self.events.agent_thinking("advisor", reasoning, 1, 0.0))

    async def use_tool(self) -> Any:
        call = "tcl_1"
        await self.emitter.emit_tool_executing(self.run_id, "advisor", "sum", {}, call)
        return await self.emitter.emit_tool_completed(self.run_id, "advisor", "sum", {"sum": 1}, call)

    async def end(self) -> Any:
        return await self.emitter.emit_agent_completed(self.run_id, "advisor", {"text": "done"})


@pytest.fixture(scope="session")
def logged_run() -> Callable[..., Any]:
    """Admits and claims runs."""

    async def begin(instance: Instance, owner: Principal) -> LoggedRun:
        services, new = instance.services, instance.services.ids.new
        log = RunLog(services.database)
        context = UserExecutionContext(
            tenant_id=owner.tenant_id,
            user_id=owner.user_id,
            thread_id=new(Kind.THREAD),
            run_id=new(Kind.RUN),
            request_id=new(Kind.REQUEST),
        )
        question = Admission(context, new(Kind.MESSAGE), new(Kind.REQUEST), "a question", opens_thread=True, may_wait=0)
        assert await log.admit(question, services.clock.now()) is Outcome.ADMITTED
        claim = await log.claim(owner.tenant_id, context.run_id, "test", services.clock.now())
        assert claim is not None

        async def record(event: Event) -> Event:
            return (await log.append(claim, event)).event

        now = services.clock.now
        emitter = UnifiedWebSocketEmitter(owner, context.thread_id, services.sockets, record, now, claim.epoch)
        events = RunEvents(run_id=context.run_id, thread_id=context.thread_id, epoch=claim.epoch, now=now)
        return LoggedRun(context, emitter, events, record)

    return begin
