"""What agents do with a socket, for tests that need it done."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from itertools import cycle, islice
from typing import Any, Final, NamedTuple

from goldenpath.websocket.errors import ConfigurationError, nearest
from goldenpath.websocket.faults import rules
from goldenpath.websocket.manager import MockWebSocketManager
from goldenpath.websocket.modes import MODES, MockBehaviorMode
from goldenpath.websocket.settings import Settings

TOOLS: Final = ("tool_executing", "tool_completed")
MESSAGES_PER_SECOND: Final = 10
RUN_LENGTH: Final = 10

ISSUES: Final[Mapping[str, MockBehaviorMode]] = {
    "partition": MockBehaviorMode.NETWORK_PARTITION,
    "slow": MockBehaviorMode.SLOW_NETWORK,
    **{
        mode.value: mode
        for mode in MockBehaviorMode
        if mode not in (MockBehaviorMode.NORMAL, MockBehaviorMode.MEMORY_PRESSURE, MockBehaviorMode.CONNECTION_LIMIT)
    },
}
"""What can be wrong with a network for a while, by name."""


class Flow(NamedTuple):
    """What came of a flow."""

    sent: int
    delivered: int
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether all that was sent was delivered."""
        return self.sent == self.delivered > 0


class Issue(NamedTuple):
    """What came of a flow with an issue in its middle."""

    flow: Flow
    failed: int
    delivered_late: int
    recovered: bool
    """Whether a message sent after the issue was delivered."""


PAYLOADS: Final[Mapping[str, Mapping[str, Any]]] = {
    "agent_started": {"task": "answer the question"},
    "agent_thinking": {"reasoning": "consider what is known", "step": 1, "progress": 0.5},
    "tool_executing": {"tool_call_id": "", "tool_name": "query", "parameters": {}},
    "tool_completed": {"tool_call_id": "", "tool_name": "query", "result": {"rows": 1}, "duration_ms": 5, "ok": True},
    "agent_completed": {"status": "completed", "result": "an answer", "duration_ms": 20},
}
"""What each event of a made-up run says; a tool call's two events get an id of their own."""


def golden_run(thread_id: str, run_id: str, types: list[str]) -> Iterator[dict[str, Any]]:
    """The messages of one run, with the payloads that the golden path asks for."""
    calls = 0
    for seq, type_ in enumerate(types, 1):
        calls += type_ == "tool_executing"
        payload = dict(PAYLOADS[type_])
        if type_ in TOOLS:
            payload["tool_call_id"] = f"{run_id}-call-{calls}"
        yield {"type": type_, "run_id": run_id, "thread_id": thread_id, "seq": seq, "payload": payload}


def run_of(length: int) -> list[str]:
    """The types of a run of so many events, two at least."""
    middle = list(islice(cycle(("agent_thinking", *TOOLS)), max(0, length - 2)))
    if middle[-1:] == ["tool_executing"]:
        middle[-1] = "agent_thinking"
    return ["agent_started", *middle, "agent_completed"]


async def simulate_agent_execution_flow(
    manager: MockWebSocketManager, thread_id: str, include_tools: bool = True, *, pause: float = 0.0
) -> Flow:
    """One run of an agent: the five events, or those without a tool, with so many seconds after each."""
    types = [name for name in run_of(5) if include_tools or name not in TOOLS]
    return await stream(manager, thread_id, types, pause)


async def simulate_concurrent_agents(
    manager: MockWebSocketManager, thread_count: int = 5, messages_per_thread: int = 10
) -> Flow:
    """Agents in several threads at once, each with one run of so many messages."""
    if thread_count < 1 or messages_per_thread < 3:
        raise ConfigurationError(
            f"a thread or more and 3 messages or more, got {thread_count!r} and {messages_per_thread!r}"
        )
    types = run_of(messages_per_thread)
    flows = await asyncio.gather(*(stream(manager, f"thread-{number}", types) for number in range(1, thread_count + 1)))
    return Flow(
        sum(flow.sent for flow in flows), sum(flow.delivered for flow in flows), max(flow.seconds for flow in flows)
    )


async def simulate_network_issues(
    manager: MockWebSocketManager, thread_id: str, issue_type: str = "partition"
) -> Issue:
    """One run of an agent with an issue in its middle: all but the first and the last event meet it."""
    if issue_type not in ISSUES:
        raise ConfigurationError(f"there is no issue {issue_type!r}; {nearest(issue_type, ISSUES)}")
    before = manager.get_network_simulation_stats()
    events = list(golden_run(thread_id, f"{thread_id}-run-{next(manager.run_numbers)}", run_of(8)))
    clock = asyncio.get_running_loop().time
    began = clock()
    results = [await manager.send_to_thread(thread_id, events[0])]
    if issue_type == "partition":
        manager.enable_partition(thread_id)
        results += [await manager.send_to_thread(thread_id, event) for event in events[1:-1]]
        manager.disable_partition(thread_id)
    else:
        configured = {rule.name for rule in manager.rules}
        wanted = [rule for rule in rules(Settings(**MODES[ISSUES[issue_type]])) if rule.name not in configured]
        with manager.misbehaving(*wanted):
            results += [await manager.send_to_thread(thread_id, event) for event in events[1:-1]]
    results.append(await manager.send_to_thread(thread_id, events[-1]))
    after = manager.get_network_simulation_stats()
    return Issue(
        Flow(len(results), sum(results), clock() - began),
        len(results) - sum(results),
        after["delivered_late"] - before["delivered_late"],
        results[-1],
    )


async def simulate_high_load(
    manager: MockWebSocketManager, concurrent_users: int = 50, duration: float = 60
) -> dict[str, float]:
    """So many users, each with an agent that sends ten messages a second for so many seconds; the metrics of it.

    In a `Simulation` the seconds are virtual and cost next to nothing.
    """
    if concurrent_users < 1 or not 0 < duration < float("inf"):
        raise ConfigurationError(f"a user or more and some seconds, got {concurrent_users!r} and {duration!r}")
    runs = max(1, round(duration * MESSAGES_PER_SECOND / RUN_LENGTH))

    async def work(user: str) -> None:
        thread = f"{user}-thread"
        if await manager.connect_user(user, thread):
            for _ in range(runs):
                await stream(manager, thread, run_of(RUN_LENGTH), pause=1 / MESSAGES_PER_SECOND)

    await asyncio.gather(*(work(f"user-{number}") for number in range(1, concurrent_users + 1)))
    return manager.get_performance_metrics()


async def stream(manager: MockWebSocketManager, thread_id: str, types: list[str], pause: float = 0.0) -> Flow:
    """Send a run, event by event."""
    clock = asyncio.get_running_loop().time
    began, sent, delivered = clock(), 0, 0
    for event in golden_run(thread_id, f"{thread_id}-run-{next(manager.run_numbers)}", types):
        sent += 1
        delivered += await manager.send_to_thread(thread_id, event)
        await asyncio.sleep(pause)
    return Flow(sent, delivered, clock() - began)
