"""Every field of the configuration acts: with it and without it, something else happens."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from threading import Thread
from typing import Any

import pytest

from goldenpath.contracts import AG_UI, EventContract
from goldenpath.simulation import Simulation
from goldenpath.websocket import (
    SCENARIOS,
    ConfigurationError,
    EventOrderError,
    Flow,
    MessageFormatError,
    MetricsDisabledError,
    MockBehaviorMode,
    MockConfiguration,
    MockWebSocketManager,
    WrongThreadError,
    simulate_agent_execution_flow,
)

STARTED = {"type": "agent_started", "run_id": "r", "payload": {"task": "x"}}
Outcome = dict[str, Any]


def observe(manager: MockWebSocketManager, seed: int = 0) -> Outcome:
    """What can be seen from outside after a little use."""
    outcome: Outcome = {}

    async def use() -> None:
        outcome["connected"] = [await manager.connect_user(f"user-{number}") for number in range(12)]
        outcome["delivered"] = 0
        for number in range(20):
            outcome["delivered"] += (await simulate_agent_execution_flow(manager, f"thread-{number % 4}")).delivered
            await asyncio.sleep(0.05)
        outcome["log"] = [manager.get_events_for_thread(f"thread-{number}") for number in range(4)]
        outcome["sent"] = []

        async def send(number: int) -> bool:
            outcome["sent"].append(number)
            return await manager.send_to_thread("burst", {"type": "note", "n": number})

        outcome["burst"] = await asyncio.gather(*map(send, range(8)))
        outcome["order"] = [event["n"] for event in manager.get_events_for_thread("burst") if isinstance(event, dict)]
        await asyncio.sleep(100)

    simulation = Simulation(seed)
    simulation.run(use)
    stats = manager.get_network_simulation_stats()
    return outcome | {"seconds": round(simulation.now - 101, 6), "stats": stats}


def made(**fields_: Any) -> MockWebSocketManager:
    return MockWebSocketManager(MockConfiguration(**fields_))


BASELINE = observe(made())
ACTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "scenario": ({}, {"scenario": "slow_network"}),
    "mode": ({}, {"mode": "packet_loss"}),
    "latency_ms": ({}, {"latency_ms": 20}),
    "jitter_ms": ({}, {"jitter_ms": 20}),
    "packet_loss_rate": ({}, {"packet_loss_rate": 0.2}),
    "retries": ({"packet_loss_rate": 0.5, "retries": 0}, {"packet_loss_rate": 0.5, "retries": 5}),
    "failure_rate": ({}, {"failure_rate": 0.2}),
    "timeout_probability": ({}, {"timeout_probability": 0.2}),
    "timeout_ms": ({"timeout_probability": 1.0}, {"timeout_probability": 1.0, "timeout_ms": 7.0}),
    "bandwidth_limit": ({}, {"bandwidth_limit": 2_000}),
    "memory_limit": ({}, {"memory_limit": 3_000}),
    "connection_limit": ({}, {"connection_limit": 5}),
    "message_queue_size": ({"latency_ms": 10}, {"latency_ms": 10, "message_queue_size": 3}),
    "auth_failure_rate": ({}, {"auth_failure_rate": 0.2}),
    "malformed_rate": ({}, {"malformed_rate": 0.2}),
    "race_rate": ({}, {"race_rate": 0.3}),
    "partition_rate": ({}, {"partition_rate": 0.1}),
    "partition_ms": (
        {"partition_rate": 0.1, "latency_ms": 1},
        {"partition_rate": 0.1, "latency_ms": 1, "partition_ms": 1.0},
    ),
    "seed": ({"packet_loss_rate": 0.3}, {"packet_loss_rate": 0.3, "seed": 5}),
}
ELSEWHERE = {"enable_metrics", "enforce_event_order", "validate_message_format", "strict_threading", "contract"}


def test_every_field_of_the_configuration_has_its_test() -> None:
    assert {field.name for field in fields(MockConfiguration)} == ACTS.keys() | ELSEWHERE


@pytest.mark.parametrize("field", ACTS)
def test_the_field_acts(field: str) -> None:
    without, with_it = (observe(made(**settings)) for settings in ACTS[field])
    assert without != with_it


@pytest.mark.parametrize("field", ACTS)
def test_the_same_configuration_does_the_same(field: str) -> None:
    assert observe(made(**ACTS[field][1])) == observe(made(**ACTS[field][1]))


def test_latency_is_what_every_message_takes() -> None:
    outcome = observe(made(latency_ms=10))
    sent_one_after_the_other, connections, one_burst = 100, 12, 1
    assert outcome["seconds"] == pytest.approx((sent_one_after_the_other + connections + one_burst) * 0.010)
    assert outcome["delivered"] == 100


def test_jitter_never_lets_a_message_overtake_another() -> None:
    outcome = observe(made(jitter_ms=500))
    assert outcome["order"] == outcome["sent"]
    assert len(outcome["order"]) == 8


def test_bandwidth_makes_long_messages_slow() -> None:
    async def send(manager: MockWebSocketManager, size: int) -> float:
        start = asyncio.get_running_loop().time()
        assert await manager.send_to_thread("t", {"type": "note", "text": "x" * size})
        return asyncio.get_running_loop().time() - start

    short, long = (Simulation().run(send(made(bandwidth_limit=1_000), size)) for size in (100, 10_000))
    assert long - short == pytest.approx(9.9)


def test_lost_messages_are_sent_again() -> None:
    outcome = observe(made(packet_loss_rate=0.4, retries=50))
    assert outcome["delivered"] == 100
    assert outcome["stats"]["retries"] > 20


def test_a_timeout_takes_its_time_and_fails() -> None:
    manager = made(timeout_probability=1.0, timeout_ms=3_000)
    simulation = Simulation()
    assert simulation.run(manager.connect_user("alice")) is False
    assert simulation.now == 3.0
    simulation = Simulation()
    assert simulation.run(manager.send_to_thread("t", STARTED)) is False
    assert simulation.now == 3.0
    assert manager.get_failure_analysis()["by_reason"] == {"timeout": 2}


def test_memory_is_full_until_messages_are_cleared() -> None:
    async def fill(manager: MockWebSocketManager) -> int:
        return sum([await manager.send_to_thread("t", STARTED) for _ in range(50)])

    manager = made(memory_limit=1_000)
    first = asyncio.run(fill(manager))
    assert 5 < first < 20
    assert asyncio.run(fill(manager)) == 0
    assert manager.get_performance_metrics()["memory_bytes"] <= 1_000
    manager.clear_messages()
    assert asyncio.run(fill(manager)) == first


def test_connections_are_refused_beyond_the_limit_and_accepted_again() -> None:
    async def connect(manager: MockWebSocketManager) -> list[bool]:
        answers = [await manager.connect_user(user) for user in ("a", "b", "c")]
        await manager.disconnect_user("a")
        return [*answers, await manager.connect_user("c")]

    manager = made(connection_limit=2)
    assert asyncio.run(connect(manager)) == [True, True, False, True]


def test_a_full_queue_refuses_what_comes_on_top() -> None:
    outcome = observe(made(latency_ms=10, message_queue_size=3))
    assert sum(outcome["burst"]) == 3
    assert outcome["order"] == outcome["sent"][:3]
    assert outcome["stats"]["reasons"] == {"queue_overflow": 5}


def test_metrics_that_are_not_kept_cannot_be_read() -> None:
    assert made().get_performance_metrics()["messages_sent"] == 0
    with pytest.raises(MetricsDisabledError, match="enable_metrics=False"):
        made(enable_metrics=False).get_performance_metrics()


def test_enforced_order_refuses_and_names_what_may_come() -> None:
    async def send(manager: MockWebSocketManager) -> None:
        assert await manager.send_to_thread("t", STARTED)
        with pytest.raises(EventOrderError, match="expected next: agent_error, agent_thinking") as caught:
            await manager.send_to_thread("t", {"type": "agent_completed", "run_id": "r"})
        assert caught.value.expected == ("agent_error", "agent_thinking")

    manager = made(enforce_event_order=True)
    asyncio.run(send(manager))
    assert manager.get_events_for_thread("t") == [STARTED]
    stats = manager.get_network_simulation_stats()
    assert (stats["messages_sent"], stats["refused"]) == (1, 1)
    assert manager.get_failure_analysis()["total_failures"] == 0


def test_order_that_is_not_enforced_is_only_judged() -> None:
    manager = made()
    assert asyncio.run(manager.send_to_thread("t", {"type": "agent_completed", "run_id": "r"}))
    assert manager.get_compliance_score("t") < 1.0


def test_a_validated_format_refuses_what_the_contract_does_not_declare() -> None:
    manager = made(validate_message_format=True)
    for message in ({"type": "agent_started", "run_id": "r"}, {"type": "agent_strated"}, ["agent_started"]):
        with pytest.raises(MessageFormatError, match=r"EC10\d, enforced by validate_message_format"):
            asyncio.run(manager.send_to_thread("t", message))
    assert manager.get_events_for_thread("t") == []
    assert asyncio.run(manager.send_to_thread("t", STARTED))


def test_a_format_that_is_not_validated_does_not_cost_score() -> None:
    manager = made()
    assert asyncio.run(manager.send_to_thread("t", {"type": "agent_started"}))
    assert manager.get_compliance_score("t") == 1.0


def test_another_thread_is_refused_unless_the_manager_is_shared() -> None:
    for shared in (False, True):
        manager = made(strict_threading=shared)
        outcomes: list[object] = []

        def use(manager: MockWebSocketManager = manager, outcomes: list[object] = outcomes) -> None:
            try:
                outcomes.append(asyncio.run(manager.send_to_thread("t", STARTED)))
            except WrongThreadError as error:
                outcomes.append(str(error))

        thread = Thread(target=use)
        thread.start()
        thread.join()
        (outcome,) = outcomes
        assert outcome is True if shared else "strict_threading=True" in str(outcome)


def test_the_contract_is_what_messages_are_held_against() -> None:
    manager = made(contract=AG_UI)
    assert asyncio.run(manager.send_to_thread("t", {"type": "RUN_STARTED", "threadId": "t", "runId": "r"}))
    assert manager.get_required_event_compliance("t") == {
        "RUN_ERROR": False,
        "RUN_FINISHED": False,
        "RUN_STARTED": True,
    }
    nothing = made(contract=None)
    assert asyncio.run(nothing.send_to_thread("t", STARTED))
    with pytest.raises(ConfigurationError, match="contract=None"):
        nothing.get_compliance_score("t")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("latency_ms", 10_001, "latency_ms is a number from 0 to 10000, got 10001"),
        ("latency_ms", -1, "latency_ms is a number"),
        ("latency_ms", float("nan"), "latency_ms is a number"),
        ("packet_loss_rate", 1.1, "packet_loss_rate is a number from 0 to 1"),
        ("packet_loss_rate", "0.1", "packet_loss_rate is a number"),
        ("failure_rate", True, "failure_rate is a number"),
        ("connection_limit", 0, "connection_limit is a whole number from 1"),
        ("memory_limit", 0.5, "memory_limit is a whole number"),
        ("message_queue_size", -3, "message_queue_size is a whole number"),
        ("enable_metrics", 1, "enable_metrics is true or false, got 1"),
        ("seed", "x", "seed is a whole number, got 'x'"),
        ("contract", "golden", "contract is an EventContract or None, got 'golden'"),
        ("mode", "packet_lost", "there is no mode 'packet_lost'; did you mean 'packet_loss'"),
        ("mode", ["normal", "slow"], "there is no mode 'slow'"),
        ("scenario", "bassic", "there is no scenario 'bassic'; did you mean 'basic'"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(field: str, value: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        MockConfiguration(**{field: value})


def test_enforcing_needs_a_contract() -> None:
    with pytest.raises(ConfigurationError, match="need a contract"):
        MockConfiguration(contract=None, enforce_event_order=True)
    with pytest.raises(ConfigurationError, match="need a contract"):
        MockConfiguration(contract=None, scenario="compliance")


def test_an_unknown_field_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match="no 'latency'; did you mean 'latency_ms'"):
        MockWebSocketManager.create_for_scenario("basic", latency=3)
    with pytest.raises(TypeError, match="'latency'"):
        MockConfiguration(latency=3)  # type: ignore[call-arg]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_overrides_always_apply(scenario: str) -> None:
    manager = MockWebSocketManager.create_for_scenario(
        scenario, mode="normal", latency_ms=7, enforce_event_order=False, connection_limit=9, enable_metrics=False
    )
    settings = manager.config.settings
    assert (settings.latency_ms, settings.connection_limit, settings.packet_loss_rate) == (7, 9, 0.0)
    assert not manager.config.switch("enforce_event_order")
    assert not manager.config.switch("enable_metrics")


def test_modes_combine_and_the_worse_of_two_counts() -> None:
    both = MockBehaviorMode.PACKET_LOSS | MockBehaviorMode.SLOW_NETWORK | MockBehaviorMode.AUTH_FAILURE
    settings = MockConfiguration(mode=both).settings
    assert (settings.packet_loss_rate, settings.latency_ms, settings.auth_failure_rate) == (0.3, 400.0, 0.2)
    assert MockConfiguration(mode=["packet_loss", "slow_network", "auth_failure"]).settings == settings
    short = MockConfiguration(scenario="resource_limits", mode="network_partition").settings
    assert short.message_queue_size == 10
    assert MockConfiguration(mode=both, packet_loss_rate=0.0).settings.packet_loss_rate == 0.0


def test_normal_is_the_mode_of_having_no_other() -> None:
    assert MockConfiguration(mode=["normal", "packet_loss"]).modes == {MockBehaviorMode.PACKET_LOSS}
    assert MockConfiguration(mode=[]).modes == {MockBehaviorMode.NORMAL}


def test_the_flow_of_a_normal_manager_is_complete() -> None:
    assert BASELINE["delivered"] == 100
    assert Flow(5, 5, 0.0).complete
    assert isinstance(MockConfiguration().contract, EventContract)
