"""Each assertion holds where it should, and fails with the facts where it should not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from goldenpath.simulation import Simulation
from goldenpath.websocket import (
    MockConfiguration,
    MockWebSocketManager,
    WebSocketAssertions,
    simulate_agent_execution_flow,
)


def after_a_flow(*, tools: bool = True, **fields: object) -> WebSocketAssertions:
    manager = MockWebSocketManager(MockConfiguration(**fields))  # type: ignore[arg-type]

    async def use() -> None:
        await manager.connect_user("alice", "t")
        await simulate_agent_execution_flow(manager, "t", include_tools=tools)

    Simulation().run(use)
    return WebSocketAssertions(manager)


HOLD: list[Callable[[WebSocketAssertions], None]] = [
    lambda check: check.assert_event_sent("t", "agent_started"),
    lambda check: check.assert_event_sent("t", "tool_completed", {"ok": True, "tool_name": "query"}),
    lambda check: check.assert_required_events_sent("t"),
    lambda check: check.assert_compliance_score(1.0),
    lambda check: check.assert_compliance_score(1.0, "t"),
    lambda check: check.assert_event_order("t", ["agent_started", "tool_executing", "agent_completed"]),
    lambda check: check.assert_event_order("t", []),
    lambda check: check.assert_no_failures(),
    lambda check: check.assert_performance_threshold(max_latency=11, min_throughput=10),
    lambda check: check.assert_connection_established("alice"),
    lambda check: check.assert_message_count(5),
    lambda check: check.assert_message_count(5, "t"),
    lambda check: check.assert_message_count(0, "other"),
    lambda check: check.assert_no_race_conditions(),
]


@pytest.mark.parametrize("assertion", HOLD)
def test_an_assertion_holds(assertion: Callable[[WebSocketAssertions], None]) -> None:
    assertion(after_a_flow(latency_ms=10))


FAIL: list[tuple[Callable[[WebSocketAssertions], None], str]] = [
    (
        lambda check: check.assert_event_sent("t", "agent_error"),
        "thread 't': no 'agent_error' was delivered; delivered: agent_started, agent_thinking, agent_completed",
    ),
    (lambda check: check.assert_event_sent("u", "agent_error"), "no 'agent_error' was delivered; delivered: nothing"),
    (
        lambda check: check.assert_event_sent("t", "agent_completed", {"status": "failed"}),
        "no 'agent_completed' in thread 't' has {'status': 'failed'}; payloads: .*'status': 'completed'",
    ),
    (
        lambda check: check.assert_required_events_sent("t"),
        "required and not delivered: tool_completed, tool_executing",
    ),
    (lambda check: check.assert_compliance_score(1.0), "the compliance score is 0.800, less than 1.000$"),
    (lambda check: check.assert_compliance_score(1.0, "t"), "(?s)less than 1.000.*EC206 missing-event"),
    (
        lambda check: check.assert_event_order("t", ["agent_thinking", "agent_started"]),
        "no 'agent_started' was delivered after agent_thinking; delivered: agent_started, agent_thinking",
    ),
    (lambda check: check.assert_no_failures(), "1 failed: {'not_connected': 1}"),
    (lambda check: check.assert_performance_threshold(max_latency=9), "95th percentile of latency is 10.0 ms, not 9"),
    (lambda check: check.assert_performance_threshold(min_throughput=1_000), "messages a second, fewer than 1000"),
    (lambda check: check.assert_connection_established("bob"), "user 'bob' is not connected"),
    (lambda check: check.assert_message_count(5), "3 messages were delivered, not 5: {'agent_started': 1"),
    (lambda check: check.assert_message_count(5, "t"), "3 messages were delivered, not 5"),
]


@pytest.mark.parametrize(("assertion", "message"), FAIL)
def test_an_assertion_fails_with_the_facts(assertion: Callable[[WebSocketAssertions], None], message: str) -> None:
    check = after_a_flow(tools=False, latency_ms=10)
    Simulation().run(check.manager.send_to_user("nobody", {"type": "note"}))
    with pytest.raises(AssertionError, match=message):
        assertion(check)


def test_messages_that_raced_are_counted() -> None:
    check = after_a_flow(race_rate=1.0)
    with pytest.raises(AssertionError, match=r"messages raced: \d+ duplicated"):
        check.assert_no_race_conditions()


def test_nothing_can_be_said_of_the_performance_of_nothing() -> None:
    with pytest.raises(AssertionError, match="nothing was delivered"):
        WebSocketAssertions(MockWebSocketManager()).assert_performance_threshold(max_latency=1)
