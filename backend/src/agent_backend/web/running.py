"""The assembly of what runs: engines, the worker that feeds them, and the sockets that tell of their work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

from agent_backend.agents import Agent, AgentRegistry, Tool, Toolbox
from agent_backend.config import Settings
from agent_backend.context import Clock, Kind, Permission, Principal, UnifiedIDManager, wanted
from agent_backend.events import Event
from agent_backend.execution import (
    AgentExecutionTracker,
    Deliver,
    EngineParts,
    ExecutionEngines,
    Faults,
    Limits,
    NoFaults,
)
from agent_backend.identity import AuthTicketManager, Sessions, SessionWatches
from agent_backend.realtime import (
    Origins,
    Quiet,
    RunFollower,
    SessionChecks,
    SessionNews,
    SocketEndpoint,
    UnifiedWebSocketManager,
)
from agent_backend.storage import Announcements, DatabaseManager, RunHistory, RunLog, RunQueue, StoreUnavailable
from agent_backend.workflow import RunDispatcher, RunWorker, WorkerRules, WorkflowOrchestrator

TICK: Final = timedelta(seconds=1)
"""How often sockets and followed runs are looked after."""
SILENCE: Final = timedelta(minutes=1)
"""An agent that has told nothing for so long is taken for dead."""


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """The running part of one instance."""

    instance: str
    dispatcher: RunDispatcher
    worker: RunWorker
    engines: ExecutionEngines
    tracker: AgentExecutionTracker
    registry: AgentRegistry
    history: RunHistory
    announcements: Announcements
    sockets: UnifiedWebSocketManager
    endpoint: SocketEndpoint
    working: asyncio.Task[None]

    async def drain(self) -> None:
        """Take no more questions, let go of the runs for others to go on with, then close the sockets."""
        self.dispatcher.stopping = True
        self.working.cancel()
        await asyncio.wait([self.working])
        await self.sockets.shutdown()


@dataclass(frozen=True, slots=True)
class Ground:
    """What the running part stands on."""

    settings: Settings
    database: DatabaseManager
    tickets: AuthTicketManager
    sessions: Sessions
    watches: SessionWatches
    clock: Clock
    ids: UnifiedIDManager


@asynccontextmanager
async def open_running(
    ground: Ground,
    agents: Sequence[Agent],
    tools: Sequence[Tool],
    *,
    faults: Faults | None = None,
    rules: WorkerRules | None = None,
    heard: Deliver | None = None,
) -> AsyncIterator[Running]:
    """Join the queue and the announcements; on leaving, whatever is still worked on is let go of.

    `heard` is told every event that is committed here, before its user is.
    """
    settings, clock, ids = ground.settings, ground.clock, ground.ids
    database_url = settings.database.url.get_secret_value()
    faults = faults or NoFaults()
    instance = ids.new(Kind.INSTANCE)
    async with AsyncExitStack() as stack:
        queue = await stack.enter_async_context(RunQueue.open(database_url))
        announcements = await stack.enter_async_context(
            Announcements.open(settings.redis.url.get_secret_value(), instance)
        )
        log, history = RunLog(ground.database), RunHistory(ground.database)
        sockets = UnifiedWebSocketManager(clock, quiet=_quiet(settings))
        follower = RunFollower(history, sockets, announcements, clock)
        stack.push_async_callback(follower.close)
        deliver = follower.publish if heard is None else _both(heard, follower.publish)
        registry = AgentRegistry(clock, ids, Toolbox(tools, {tool.name: Permission.READ_USAGE for tool in tools}))
        for agent in agents:
            registry.register(agent.agent_type, partial(_itself, agent))
        tracker = AgentExecutionTracker(clock, ids)
        whole = timedelta(seconds=settings.agents.timeout_seconds)
        parts = EngineParts(log, registry, tracker, deliver, clock, ids, faults, Limits(whole, min(SILENCE, whole)))
        engines = ExecutionEngines(parts)
        stack.push_async_callback(engines.cleanup)
        workflow = WorkflowOrchestrator()
        worker = RunWorker(queue, log, engines, workflow, clock, instance, rules, faults)
        dispatcher = RunDispatcher(
            log,
            history,
            engines,
            announcements,
            deliver,
            clock,
            ids,
            workflow_name=workflow.name,
            may_wait=settings.agents.questions_waiting,
            faults=faults,
        )
        ground.watches.join(ground.tickets)
        ground.watches.join(SessionNews(sockets, announcements))
        every = timedelta(seconds=settings.sockets.revalidation_seconds)
        checks = SessionChecks(sockets, ground.sessions.over, clock, every)
        endpoint = SocketEndpoint(
            ground.tickets,
            sockets,
            follower,
            announcements,
            dispatcher,
            checks,
            clock,
            ids,
            Origins(settings.sockets.allowed_origins),
        )
        working = _task(stack, worker.run())
        _task(stack, _look_after(sockets, follower))
        _task(stack, tracker.monitor(TICK))
        _task(stack, checks.run())
        yield Running(
            instance,
            dispatcher,
            worker,
            engines,
            tracker,
            registry,
            history,
            announcements,
            sockets,
            endpoint,
            working,
        )


def _both(first: Deliver, then: Deliver) -> Deliver:
    def deliver(principal: Principal, event: Event) -> object:
        first(principal, event)
        return then(principal, event)

    return deliver


def _itself(agent: Agent) -> Agent:
    """The agents keep nothing, so one of each does for all."""
    return agent


async def _look_after(sockets: UnifiedWebSocketManager, follower: RunFollower) -> None:
    while wanted():
        await asyncio.sleep(TICK.total_seconds())
        sockets.keep_quiet_ones()
        try:
            await follower.look_after_quiet_runs()
        except StoreUnavailable as error:
            logger.warning("quiet runs could not be looked up: %s", error)


def _task(stack: AsyncExitStack, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """Runs until the assembly is taken apart; an end before that is a defect, and is logged as one."""
    task = asyncio.create_task(work)
    task.add_done_callback(_ended)
    stack.push_async_callback(_stop, task)
    return task


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("a task of the service has ended", exc_info=error)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])


def _quiet(settings: Settings) -> Quiet:
    return Quiet(
        heartbeat=timedelta(seconds=settings.sockets.heartbeat_interval_seconds),
        idle=timedelta(seconds=settings.sockets.receive_timeout_seconds),
    )
