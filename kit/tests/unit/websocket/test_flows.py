from __future__ import annotations

import asyncio
from typing import Any

import pytest

from goldenpath.contracts import GOLDEN_PATH
from goldenpath.simulation import Simulation
from goldenpath.websocket import (
    ConfigurationError,
    MockConfiguration,
    MockWebSocketManager,
    WebSocketAssertions,
    simulate_agent_execution_flow,
    simulate_concurrent_agents,
    simulate_high_load,
    simulate_network_issues,
)
from goldenpath.websocket.flows import ISSUES, run_of


@pytest.mark.parametrize("length", range(2, 30))
def test_a_run_of_any_length_can_be_made_up(length: int) -> None:
    assert len(run_of(length)) == length
    assert run_of(length)[-1] == "agent_completed"


@pytest.mark.asyncio
async def test_an_agents_flow_is_the_golden_path() -> None:
    manager = MockWebSocketManager()
    flow = await simulate_agent_execution_flow(manager, "t")
    assert (flow.sent, flow.delivered) == (5, 5)
    assert GOLDEN_PATH.check(manager.get_events_for_thread("t")).ok


@pytest.mark.asyncio
async def test_an_agents_flow_may_go_without_tools() -> None:
    manager = MockWebSocketManager()
    assert (await simulate_agent_execution_flow(manager, "t", include_tools=False)).sent == 3
    WebSocketAssertions(manager).assert_event_order("t", ["agent_started", "agent_thinking", "agent_completed"])


@pytest.mark.parametrize("length", [4, 5, 6, 7, 10, 23])
def test_agents_at_once_each_keep_the_contract(length: int) -> None:
    manager = MockWebSocketManager.create_for_scenario("compliance", latency_ms=5, jitter_ms=50)
    flow = Simulation(length).run(simulate_concurrent_agents(manager, thread_count=7, messages_per_thread=length))
    assert (flow.sent, flow.delivered) == (7 * length, 7 * length)
    assert len(manager.threads) == 7
    assert all(GOLDEN_PATH.without("EC206").check(manager.get_events_for_thread(name)).ok for name in manager.threads)


@pytest.mark.parametrize(("threads", "messages"), [(0, 10), (5, 2)])
def test_too_few_agents_or_messages_are_refused(threads: int, messages: int) -> None:
    with pytest.raises(ConfigurationError, match="a thread or more and 3 messages or more"):
        asyncio.run(simulate_concurrent_agents(MockWebSocketManager(), threads, messages))


def test_a_partition_delivers_late_and_in_order() -> None:
    manager = MockWebSocketManager()
    issue = Simulation().run(simulate_network_issues(manager, "t"))
    assert (issue.flow.sent, issue.flow.delivered, issue.failed, issue.delivered_late) == (8, 2, 6, 6)
    assert issue.recovered
    assert GOLDEN_PATH.check(manager.get_events_for_thread("t")).ok


@pytest.mark.parametrize("issue_type", ISSUES)
def test_every_issue_strikes_and_is_over_afterwards(issue_type: str) -> None:
    before = after = 0
    for seed in range(30):
        manager = MockWebSocketManager(MockConfiguration(seed=seed, timeout_ms=10))
        issue = Simulation(seed).run(simulate_network_issues(manager, "t", issue_type))
        stats = manager.get_network_simulation_stats()
        before += bool(issue.failed or issue.flow.seconds or stats["duplicated"] or stats["retries"])
        after += issue.recovered
        assert manager.rules == ()
    assert before
    assert after


def test_an_issue_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no issue 'partitoin'; did you mean 'partition'"):
        asyncio.run(simulate_network_issues(MockWebSocketManager(), "t", "partitoin"))


def test_high_load_takes_virtual_time() -> None:
    manager = MockWebSocketManager.create_for_scenario("performance")
    simulation = Simulation(1)
    metrics: dict[str, Any] = simulation.run(simulate_high_load(manager, concurrent_users=5, duration=6))
    assert simulation.now == pytest.approx(6)
    assert metrics["messages_delivered"] == 5 * 6 * 10
    assert metrics["messages_per_second"] == pytest.approx(50, rel=0.05)
    assert metrics["connections"] == 5
    assert manager.get_compliance_score() == 1.0


@pytest.mark.parametrize(("users", "duration"), [(0, 60), (5, 0), (5, float("inf")), (5, -1)])
def test_a_load_of_nothing_is_refused(users: int, duration: float) -> None:
    with pytest.raises(ConfigurationError, match="a user or more and some seconds"):
        asyncio.run(simulate_high_load(MockWebSocketManager(), users, duration))
