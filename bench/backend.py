"""The reference backend: what its sockets cost, how soon a run speaks, and what it takes to be durable.

Servers are pinned to one core and their clients to another; stores are shared. Memory and processor time are those of
the server alone. Peers: a Starlette echo under the same uvicorn, python-socketio behind Redis, DBOS.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import uuid
from collections.abc import Callable, Mapping
from statistics import median, quantiles
from time import perf_counter
from typing import Any

import uvloop
from _backend import CLIENT_CORE, ECHO, OUR_EMIT, SOCKETIO_EMIT, Server, Visitors, backend, closed, connected, serving
from _measuring import publish
from psycopg import connect as connect_to_postgres

from agent_backend.agents import Agent, AgentRegistry
from agent_backend.context import Kind, Principal, SystemClock, UnifiedIDManager
from agent_backend.events import Event, EventType, RunEvents
from agent_backend.execution import AgentExecutionTracker, EngineParts, ExecutionEngines, NoFaults, Tier
from agent_backend.storage import Announcements, DatabaseManager, RunHistory, RunLog, RunQueue, migrate
from agent_backend.workflow import Ask, RunDispatcher, RunWorker
from goldenpath.services import ServiceStack

ROUNDS = 5
CONNECTIONS = 400
PER_USER = 20
EVENTS = 3_000
USERS = 100
RUNS = 15
KILLED_RUNS = 8
KIB = 1024


def per_connection(server: Server, paths: list[str], greetings: int) -> tuple[float, float]:
    """KiB and milliseconds of processor time that a socket costs, opened and left open."""

    async def measure() -> tuple[float, float]:
        warm = [await connected(server, path, greetings) for path in paths[:50]]
        await closed(warm)
        memory, cpu = server.memory(), server.cpu()
        sockets = [await connected(server, path, greetings) for path in paths[50:]]
        cost = (server.memory() - memory) / len(sockets) / KIB, (server.cpu() - cpu) / len(sockets) * 1000
        await closed(sockets)
        return cost

    return uvloop.run(measure())


def connections(database_url: str, redis_url: str) -> Mapping[str, float]:
    """Fresh processes each round, in turn: memory that a process has been given once it does not give back."""

    async def paths() -> list[str]:
        async with Visitors.open(database_url, redis_url) as visitors:
            users = [await visitors.new() for _ in range(CONNECTIONS // PER_USER)]
            return [await visitors.path(user) for user in users for _ in range(PER_USER)]

    ours, theirs = [], []
    for _ in range(ROUNDS):
        with backend(database_url, redis_url) as server:
            ours.append(per_connection(server, uvloop.run(paths()), greetings=1))
        with serving("-c", ECHO) as server:
            theirs.append(per_connection(server, ["/ws"] * CONNECTIONS, greetings=0))
    kib, cpu = (median(column) for column in zip(*ours, strict=True))
    echo_kib, echo_cpu = (median(column) for column in zip(*theirs, strict=True))
    return {
        "kib_per_connection": kib,
        "echo_kib_per_connection": echo_kib,
        "kib_per_connection_vs_starlette_echo": kib / echo_kib,
        "cpu_ms_per_connect": cpu,
        "echo_cpu_ms_per_connect": echo_cpu,
        "cpu_per_connect_vs_echo": cpu / echo_cpu,
    }


async def logged_events(database_url: str, redis_url: str, server: Server) -> float:
    """Events per second of processor time: committed to the log elsewhere, announced, read back and sent."""
    clock = SystemClock()
    ids = UnifiedIDManager(clock)
    async with Visitors.open(database_url, redis_url) as visitors, contextlib.AsyncExitStack() as stack:
        database = await DatabaseManager.open(database_url)
        stack.push_async_callback(database.close)
        announcements = await stack.enter_async_context(Announcements.open(redis_url, "a producer"))
        user = await visitors.new()
        socket = await connected(server, await visitors.path(user))
        log = RunLog(database)
        claim = await _claimed_run(log, database, user, ids, clock)
        events = RunEvents(run_id=claim.context.run_id, thread_id=claim.context.thread_id, epoch=1, now=clock.now)
        before = server.cpu()

        async def produce() -> None:
            for number in range(EVENTS):
                recorded = await log.append(claim, events.agent_thinking("a", f"thought {number}", 1, 0.5))
                announcements.progress(user, claim.context.run_id, recorded.event.seq)

        producing = asyncio.create_task(produce())
        for seq in range(1, EVENTS + 1):
            frame = json.loads(await socket.recv())
            assert frame["seq"] == seq, frame
        spent = server.cpu() - before
        await producing
        await socket.close()
        return EVENTS / spent


async def _claimed_run(log: RunLog, database: DatabaseManager, user: Principal, ids: Any, clock: Any) -> Any:
    thread, run = ids.new(Kind.THREAD), ids.new(Kind.RUN)
    async with database.tenant(user.tenant_id) as connection:
        await connection.execute(
            "INSERT INTO threads (tenant_id, id, user_id, title, created_at) VALUES (%s, %s, %s, '', now())",
            [user.tenant_id, thread, user.user_id],
        )
        await connection.execute(
            "INSERT INTO runs (tenant_id, id, thread_id, user_id, client_message_id, request_id, created_at) "
            "VALUES (%s, %s, %s, %s, 'm', %s, now())",
            [user.tenant_id, run, thread, user.user_id, ids.new(Kind.REQUEST)],
        )
    claim = await log.claim(user.tenant_id, run, "a producer", clock.now())
    assert claim is not None
    return claim


async def emitted(server: Server, path: str, greetings: int, *start: str) -> float:
    """Events per second of processor time that a server produces, sends to a user's socket, and announces in Redis."""
    socket = await connected(server, path, greetings)
    if path != "/ws":
        await socket.send("40")
        await socket.recv()
    before, received = server.cpu(), 0
    await socket.send(*start)
    while received < EVENTS:
        frame = await socket.recv()
        if frame == "2":
            await socket.send("3")
        else:
            received += 1
    spent = server.cpu() - before
    await socket.close()
    return EVENTS / spent


def fan_out(database_url: str, redis_url: str) -> Mapping[str, float]:
    """The same job on both sides; beside it, what another instance spends on following the log."""
    clock = SystemClock()
    event = RunEvents(run_id="run_" + "0" * 32, thread_id="thr_" + "0" * 32, epoch=1, now=clock.now)
    sample = json.loads(event.agent_thinking("a", "thought 1000", 1, 0.5).frame)
    go = "42" + json.dumps(["go", {"events": EVENTS, "event": sample}])
    ask = json.dumps({"type": "resume", "run": "run", "epoch": 1, "after": EVENTS})
    ours, theirs, followed = [], [], []
    with (
        serving("-c", OUR_EMIT, redis_url) as one,
        serving("-c", SOCKETIO_EMIT, redis_url) as peer,
        backend(database_url, redis_url) as other,
    ):
        for round_ in range(ROUNDS + 1):
            figures = (
                uvloop.run(emitted(one, "/ws", 1, ask)),
                uvloop.run(emitted(peer, "/socket.io/?EIO=4&transport=websocket&user=ada", 1, go)),
                uvloop.run(logged_events(database_url, redis_url, other)),
            )
            for figure, column in zip(figures, (ours, theirs, followed), strict=True):
                column += [figure] if round_ else []
    return {
        "events_per_cpu_s": median(ours),
        "socketio_events_per_cpu_s": median(theirs),
        "events_per_cpu_s_vs_socketio": median(ours) / median(theirs),
        "events_followed_from_the_log_per_cpu_s": median(followed),
    }


def question() -> str:
    return json.dumps({"type": "ask", "text": "What do we spend?", "client_message_id": uuid.uuid4().hex})


def p99(milliseconds: list[float]) -> float:
    return quantiles(milliseconds, n=100)[-1]


def first_event(database_url: str, redis_url: str) -> Mapping[str, float]:
    """A hundred users have a socket open; each asks once, at a moment of his own within twenty seconds."""

    async def ask(server: Server, visitors: Visitors, delay: float) -> float:
        socket = await connected(server, await visitors.path(await visitors.new()))
        await asyncio.sleep(delay)
        began = perf_counter()
        await socket.send(question())
        assert json.loads(await socket.recv())["type"] == EventType.AGENT_STARTED
        waited = perf_counter() - began
        while json.loads(await socket.recv())["type"] != EventType.AGENT_COMPLETED:
            pass
        await socket.close()
        return waited * 1000

    async def measure(server: Server) -> list[float]:
        async with Visitors.open(database_url, redis_url) as visitors:
            return await asyncio.gather(*(ask(server, visitors, 2 + 20 * n / USERS) for n in range(USERS)))

    with backend(database_url, redis_url) as server:
        waits = uvloop.run(measure(server)) + uvloop.run(measure(server))
    return {"first_event_p99_ms_100_users": p99(waits), "first_event_p50_ms_100_users": median(waits)}


def cross_instance(database_url: str, redis_url: str) -> Mapping[str, float]:
    """How much later an event reaches the socket on the instance that does not work on the run."""

    async def measure(one: Server, other: Server) -> list[float]:
        lags: list[float] = []
        async with Visitors.open(database_url, redis_url) as visitors:
            for _ in range(40):
                user = await visitors.new()
                sockets = [await connected(server, await visitors.path(user)) for server in (one, other)]
                await sockets[0].send(question())
                here, there = await asyncio.gather(*(arrivals(socket) for socket in sockets))
                lags += [abs(a - b) * 1000 for a, b in zip(here, there, strict=True)]
                await closed(sockets)
        return lags

    with backend(database_url, redis_url) as one, backend(database_url, redis_url) as other:
        lags = uvloop.run(measure(one, other))
    return {"cross_instance_event_p99_ms": p99(lags), "cross_instance_event_p50_ms": median(lags)}


def takeover(database_url: str, redis_url: str) -> Mapping[str, float]:
    """Seconds from the kill -9 of an instance, as it is configured in production, to the ends of its runs elsewhere."""

    async def measure(dying: Server) -> list[float]:
        async with Visitors.open(database_url, redis_url) as visitors:
            users = [await visitors.new() for _ in range(KILLED_RUNS)]
            sockets = [await connected(dying, await visitors.path(user)) for user in users]
            with connect_to_postgres(database_url) as held, backend(database_url, redis_url) as heir:
                held.execute("LOCK TABLE usage_records IN ACCESS EXCLUSIVE MODE")
                for socket in sockets:
                    await socket.send(question())
                started = [json.loads(await socket.recv()) for socket in sockets]
                assert {event["type"] for event in started} == {EventType.AGENT_STARTED}
                followers = [await connected(heir, await visitors.path(user)) for user in users]
                for follower, event in zip(followers, started, strict=True):
                    resume = {"type": "resume", "run": event["run_id"], "epoch": event["epoch"], "after": event["seq"]}
                    await follower.send(json.dumps(resume))
                dying.process.kill()
                began = perf_counter()
                held.rollback()
                ends = [times[-1] - began for times in await asyncio.gather(*map(arrivals, followers))]
                await closed(followers)
                return ends

    ends: list[float] = []
    for _ in range(ROUNDS):
        with backend(database_url, redis_url) as dying:
            ends += uvloop.run(measure(dying))
    return {"takeover_p99_s": p99(ends), "takeover_p50_s": median(ends)}


async def arrivals(socket: Any) -> list[float]:
    """When each event of a run arrived."""
    times = []
    while True:
        frame = json.loads(await socket.recv())
        times.append(perf_counter())
        if frame["type"] == EventType.AGENT_COMPLETED:
            return times


class Stepper(Agent):
    """Does as little as a step can do."""

    agent_type = "stepper"

    def get_capabilities(self) -> list[str]:
        return []

    async def execute(self, task: Any, context: Any, progress: Any, tools: Any) -> dict[str, Any]:
        await progress.thinking("one step further")
        return {"text": "done", "step": task.inputs["step"]}


class FiveSteps:
    """Five of them, one after the other."""

    name = "five-steps"

    async def run(self, question: str, context: Any, steps: Any) -> dict[str, Any]:
        return [await steps.run(f"step {n}", "stepper", {"step": n}) for n in range(5)][-1]


async def our_runs(database_url: str, redis_url: str) -> float:
    """Milliseconds from a question to its answer: queue, claim, five checkpoints, seven events, in one process."""
    clock = SystemClock()
    ids = UnifiedIDManager(clock)
    finished: dict[str, asyncio.Future[None]] = {}

    def deliver(_: Principal, event: Event) -> None:
        if event.type is EventType.AGENT_COMPLETED and event.run_id in finished:
            finished[event.run_id].set_result(None)

    async with Visitors.open(database_url, redis_url) as visitors, contextlib.AsyncExitStack() as stack:
        database = await DatabaseManager.open(database_url)
        stack.push_async_callback(database.close)
        queue = await stack.enter_async_context(RunQueue.open(database_url))
        announcements = await stack.enter_async_context(Announcements.open(redis_url, "bench"))
        registry = AgentRegistry(clock, ids)
        registry.register("stepper", Stepper)
        log, tracker = RunLog(database), AgentExecutionTracker(clock, ids)
        engines = ExecutionEngines(
            EngineParts(log, registry, tracker, deliver, clock, ids, NoFaults(), Tier.STANDARD.value)
        )
        working = asyncio.create_task(RunWorker(queue, log, engines, FiveSteps(), clock, "bench").run())
        dispatcher = RunDispatcher(
            log, RunHistory(database), engines, announcements, deliver, clock, ids, workflow_name="five-steps"
        )
        user = await visitors.new()

        async def once() -> float:
            began = perf_counter()
            taken = await dispatcher.submit(user, None, Ask(None, "Go", uuid.uuid4().hex))
            finished[taken.run_id] = asyncio.get_running_loop().create_future()
            await finished[taken.run_id]
            return (perf_counter() - began) * 1000

        await asyncio.sleep(0.5)
        figures = [await once() for _ in range(RUNS + 3)][3:]
        working.cancel()
        await asyncio.wait([working])
        return median(figures)


def dbos_runs(database_url: str) -> Callable[[], float]:
    """The same with DBOS: five steps, each checkpointed, called in process and without a queue, its fastest way."""
    from dbos import DBOS, DBOSConfig

    logging.getLogger("dbos").setLevel(logging.ERROR)
    DBOS(config=DBOSConfig(name="bench", system_database_url=database_url, run_admin_server=False, log_level="ERROR"))

    @DBOS.step()
    async def step(number: int) -> dict[str, Any]:
        return {"text": "done", "step": number}

    @DBOS.workflow()
    async def five() -> dict[str, Any]:
        return [await step(number) for number in range(5)][-1]

    DBOS.launch()

    async def measure() -> float:
        figures = []
        for _ in range(RUNS + 3):
            began = perf_counter()
            await five()
            figures.append((perf_counter() - began) * 1000)
        return median(figures[3:])

    loop = asyncio.new_event_loop()
    return lambda: loop.run_until_complete(measure())


def durable_runs(database_url: str, dbos_url: str, redis_url: str) -> Mapping[str, float]:
    from dbos import DBOS

    theirs_once = dbos_runs(dbos_url)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(uvloop.run(our_runs(database_url, redis_url)))
        theirs.append(theirs_once())
    DBOS.destroy()
    return {
        "five_step_run_ms": median(ours),
        "dbos_five_step_run_ms": median(theirs),
        "five_step_run_vs_dbos": median(ours) / median(theirs),
    }


def measure() -> Mapping[str, object]:
    os.sched_setaffinity(0, {CLIENT_CORE})
    logging.disable(logging.WARNING)
    with ServiceStack("postgres", "redis") as stack:
        database_url, redis_url = stack["postgres"].url, stack["redis"].url
        with connect_to_postgres(database_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE dbos")
        migrate(database_url)
        dbos_url = database_url.replace("/postgres?", "/dbos?")
        return {
            **connections(database_url, redis_url),
            **fan_out(database_url, redis_url),
            **first_event(database_url, redis_url),
            **cross_instance(database_url, redis_url),
            **takeover(database_url, redis_url),
            **durable_runs(database_url, dbos_url, redis_url),
        }


if __name__ == "__main__":
    publish("The reference backend, beside its peers", measure)
