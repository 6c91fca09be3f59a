from __future__ import annotations

import asyncio
from typing import Any

import pytest

from goldenpath.simulation import DROP, Rule, Simulation, delay
from goldenpath.websocket import (
    SCENARIOS,
    ConfigurationError,
    EventOrderError,
    LegacyMockWebSocketManager,
    MessageFormatError,
    MockConfiguration,
    MockWebSocketManager,
    WebSocketAssertions,
    create_auth_testing_mock,
    create_basic_mock,
    create_compliance_mock,
    create_concurrency_mock,
    create_performance_mock,
    create_resilience_mock,
    create_resource_limits_mock,
    create_slow_network_mock,
    simulate_agent_execution_flow,
)
from goldenpath.websocket.ledger import Ledger

Event = dict[str, Any]


def note(number: int) -> Event:
    return {"type": "note", "number": number}


def numbers(events: list[Any]) -> list[int]:
    return [event["number"] for event in events]


@pytest.mark.asyncio
async def test_what_is_sent_to_a_thread_is_delivered_there_and_nowhere_else() -> None:
    manager = MockWebSocketManager()
    assert await manager.send_to_thread("one", note(1)) is True
    assert await manager.send_to_thread("other", note(2)) is True
    assert numbers(manager.get_events_for_thread("one")) == [1]
    assert numbers(manager.get_events_for_thread("other")) == [2]
    assert manager.get_events_for_thread("third") == []
    assert numbers(manager.get_all_events()) == [1, 2]


@pytest.mark.asyncio
async def test_a_user_gets_what_is_sent_to_the_threads_that_the_user_follows() -> None:
    manager, got = MockWebSocketManager(), list[Event]()
    assert await manager.connect_user("alice", "t", on_message=got.append)
    assert await manager.connect_user("bob", "u", on_message=got.append)
    assert await manager.send_to_thread("t", note(1))
    assert numbers(got) == [1]
    assert numbers(manager.get_events_for_user("alice")) == [1]
    assert manager.get_events_for_user("bob") == []


@pytest.mark.asyncio
async def test_nobody_gets_what_is_sent_to_a_user_who_is_not_connected() -> None:
    manager = MockWebSocketManager()
    assert await manager.send_to_user("alice", note(1)) is False
    assert await manager.connect_user("alice")
    assert await manager.send_to_user("alice", note(2)) is True
    assert numbers(manager.get_events_for_user("alice")) == [2]
    assert manager.get_failure_analysis()["by_reason"] == {"not_connected": 1}


@pytest.mark.asyncio
async def test_a_user_id_is_no_thread_id() -> None:
    manager = MockWebSocketManager()
    await manager.connect_user("same")
    assert await manager.send_to_thread("same", note(1))
    assert manager.get_events_for_user("same") == []
    assert await manager.send_to_user("same", note(2))
    assert numbers(manager.get_events_for_thread("same")) == [1]


@pytest.mark.asyncio
async def test_a_thread_whose_followers_have_left_gets_nothing() -> None:
    manager = MockWebSocketManager()
    await manager.connect_user("alice", "t")
    assert await manager.send_to_thread("t", note(1))
    assert await manager.disconnect_user("alice") is True
    assert await manager.send_to_thread("t", note(2)) is False
    assert await manager.disconnect_user("alice") is False
    assert numbers(manager.get_events_for_thread("t")) == [1]


@pytest.mark.asyncio
async def test_a_thread_whose_only_follower_could_not_connect_gets_nothing() -> None:
    manager = MockWebSocketManager(MockConfiguration(connection_limit=1))
    assert await manager.connect_user("alice")
    assert await manager.send_to_thread("t", note(1))
    assert await manager.connect_user("bob", "t") is False
    assert await manager.send_to_thread("t", note(2)) is False
    assert numbers(manager.get_events_for_thread("t")) == [1]


@pytest.mark.asyncio
async def test_a_second_follower_takes_over_the_log() -> None:
    manager = MockWebSocketManager()
    await manager.connect_user("alice", "t")
    await manager.connect_user("bob", "t")
    assert await manager.send_to_thread("t", note(1))
    await manager.disconnect_user("alice", "t")
    assert await manager.send_to_thread("t", note(2))
    assert numbers(manager.get_events_for_thread("t")) == [1, 2]
    assert numbers(manager.get_events_for_user("bob")) == [1, 2]


@pytest.mark.asyncio
async def test_a_user_may_follow_several_threads_and_leave_one() -> None:
    manager = MockWebSocketManager()
    await manager.connect_user("alice", "t")
    await manager.connect_user("alice", "u")
    assert manager.threads_of("alice") == ["t", "u"]
    assert await manager.send_to_user("alice", note(1))
    assert await manager.disconnect_user("alice", "t")
    assert manager.threads_of("alice") == ["u"]
    assert manager.is_connected("alice")


@pytest.mark.asyncio
async def test_a_broadcast_reaches_all_users_but_those_excluded() -> None:
    manager = MockWebSocketManager()
    assert await manager.broadcast(note(0)) is False
    for user in ("alice", "bob", "carol"):
        await manager.connect_user(user)
    assert await manager.broadcast(note(1), exclude=["bob"]) is True
    assert [numbers(manager.get_events_for_user(user)) for user in ("alice", "bob", "carol")] == [[1], [], [1]]


@pytest.mark.asyncio
async def test_what_waits_for_a_repair_arrives_in_order_and_is_not_called_delivered_before() -> None:
    manager = MockWebSocketManager()
    assert await manager.send_to_thread("t", note(1))
    manager.enable_partition()
    assert [await manager.send_to_thread("t", note(number)) for number in (2, 3)] == [False, False]
    assert numbers(manager.get_events_for_thread("t")) == [1]
    assert manager.get_network_simulation_stats()["held"] == 2
    manager.disable_partition()
    assert await manager.send_to_thread("t", note(4)) is True
    assert numbers(manager.get_events_for_thread("t")) == [1, 2, 3, 4]
    stats = manager.get_network_simulation_stats()
    assert (stats["delivered_late"], stats["messages_delivered"], stats["held"]) == (2, 4, 0)


def test_a_partition_can_be_repaired_where_no_loop_runs() -> None:
    manager = MockWebSocketManager()
    manager.enable_partition()
    assert asyncio.run(manager.send_to_thread("t", note(1))) is False
    manager.disable_partition()
    assert numbers(manager.get_events_for_thread("t")) == [1]


@pytest.mark.asyncio
async def test_a_partition_of_one_thread_leaves_the_others_alone() -> None:
    manager = MockWebSocketManager()
    manager.enable_partition("t")
    assert await manager.send_to_thread("t", note(1)) is False
    assert await manager.send_to_thread("u", note(2)) is True
    manager.disable_partition("t")
    assert await manager.send_to_thread("t", note(3)) is True
    assert numbers(manager.get_events_for_thread("t")) == [1, 3]


@pytest.mark.asyncio
async def test_a_partition_of_a_user_reaches_that_users_lines() -> None:
    manager = MockWebSocketManager()
    await manager.connect_user("alice", "t")
    await manager.connect_user("bob", "t")
    manager.enable_partition("bob")
    assert await manager.send_to_thread("t", note(1)) is False
    assert numbers(manager.get_events_for_user("alice")) == [1]
    assert await manager.connect_user("bob", "u") is False


def test_a_partition_by_chance_heals_by_itself() -> None:
    manager = MockWebSocketManager(MockConfiguration(partition_rate=1.0, partition_ms=500))

    async def use() -> list[int]:
        assert await manager.send_to_thread("t", note(1)) is False
        await asyncio.sleep(0.6)
        return numbers(manager.get_events_for_thread("t"))

    assert Simulation().run(use) == [1]


def test_a_refused_token_closes_the_connection_with_its_code() -> None:
    manager, codes = MockWebSocketManager(), list[int]()

    async def use() -> None:
        await manager.connect_user("alice", "t", on_close=codes.append)
        with manager.misbehaving(*MockWebSocketManager(MockConfiguration(auth_failure_rate=1.0)).rules):
            assert await manager.send_to_thread("t", note(1)) is False
        assert not manager.is_connected("alice")
        assert await manager.send_to_user("alice", note(2)) is False

    asyncio.run(use())
    assert codes == [4401]
    assert manager.get_failure_analysis()["by_reason"] == {"auth_failure": 1, "not_connected": 1}


def test_a_damaged_message_arrives_but_does_not_count_as_delivered() -> None:
    manager = MockWebSocketManager(MockConfiguration(malformed_rate=1.0))
    assert asyncio.run(manager.send_to_thread("t", note(1))) is False
    (damaged,) = manager.get_events_for_thread("t")
    assert isinstance(damaged, str)
    assert manager.get_compliance_score("t") == 0.0
    assert manager.get_performance_metrics()["messages_delivered"] == 0


def test_a_sender_who_gives_up_does_not_stop_the_message() -> None:
    manager = MockWebSocketManager(MockConfiguration(latency_ms=1_000))

    async def use() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(manager.send_to_thread("t", note(1)), 0.5)
        assert manager.get_events_for_thread("t") == []
        await asyncio.sleep(1)

    Simulation().run(use)
    assert numbers(manager.get_events_for_thread("t")) == [1]
    assert manager.get_network_simulation_stats()["delivered_late"] == 1


@pytest.mark.parametrize("fields", [{}, {"latency_ms": 1}])
def test_an_error_of_the_receiver_reaches_the_sender(fields: dict[str, Any]) -> None:
    manager = MockWebSocketManager(MockConfiguration(**fields))

    def fail(message: object) -> None:
        raise RuntimeError("the client broke")

    async def use() -> None:
        await manager.connect_user("alice", "t", on_message=fail)
        await manager.send_to_thread("t", note(1))

    with pytest.raises(RuntimeError, match="the client broke"):
        Simulation().run(use)


def test_a_simulations_own_network_can_be_used() -> None:
    simulation = Simulation(3, faults=[Rule("lost", DROP, type="note"), Rule("late", delay(2.0), type="word")])
    manager = MockWebSocketManager(MockConfiguration(latency_ms=100), network=simulation.network)

    async def use() -> list[bool]:
        return [await manager.send_to_thread("t", note(1)), await manager.send_to_thread("t", {"type": "word"})]

    assert simulation.run(use) == [False, True]
    assert simulation.now == pytest.approx(2.1)
    assert manager.get_failure_analysis()["by_reason"] == {"lost": 1}


def test_a_simulation_shows_what_was_sent_on_its_timeline() -> None:
    simulation = Simulation(1)
    manager = MockWebSocketManager(MockConfiguration(latency_ms=250))
    quick = MockWebSocketManager()

    async def use() -> None:
        await manager.send_to_thread("alice", note(1))
        await quick.send_to_thread("bob", note(2))

    simulation.run(use)
    assert simulation.timeline.text().splitlines() == [
        "0.000  server -> alice  note  +0.250 s  [delay by latency]",
        "0.250  server -> bob    note",
    ]


@pytest.mark.asyncio
async def test_clearing_forgets_messages_and_resetting_forgets_all() -> None:
    manager = MockWebSocketManager()
    await manager.connect_user("alice", "t")
    await manager.send_to_thread("t", note(1))
    manager.clear_messages()
    assert manager.get_all_events() == manager.get_events_for_user("alice") == []
    assert manager.is_connected("alice")
    assert manager.get_performance_metrics()["messages_delivered"] == 1
    assert manager.get_performance_metrics()["bytes_per_second"] > 0
    manager.enable_partition()
    manager.reset()
    assert not manager.is_connected("alice")
    assert manager.get_performance_metrics()["messages_sent"] == 0
    assert await manager.send_to_thread("t", note(2))


@pytest.mark.asyncio
async def test_resetting_starts_chance_over() -> None:
    manager = MockWebSocketManager(MockConfiguration(failure_rate=0.5))

    async def fates() -> list[bool]:
        return [await manager.send_to_thread("t", note(number)) for number in range(30)]

    first = await fates()
    second = await fates()
    manager.reset()
    assert await fates() == first != second


@pytest.mark.asyncio
async def test_a_manager_closes_its_connections_at_the_end_of_its_block() -> None:
    codes = list[int]()
    with MockWebSocketManager() as manager:
        await manager.connect_user("alice", on_close=codes.append)
    async with MockWebSocketManager() as other:
        await other.connect_user("bob", on_close=codes.append)
        await other.send_to_user("bob", note(1))
    assert codes == [1000, 1000]
    assert other.users == []
    assert numbers(other.get_all_events()) == [1]


@pytest.mark.asyncio
async def test_metrics_tell_throughput_latency_memory_and_connections() -> None:
    manager = MockWebSocketManager()
    await manager.connect_user("alice", "t")
    for number in range(10):
        await manager.send_to_thread("t", note(number))
    metrics = manager.get_performance_metrics()
    assert metrics["messages_sent"] == metrics["messages_delivered"] == 10
    assert metrics["connections"] == 1
    assert metrics["memory_bytes"] == 10 * len('{"type":"note","number":0}')
    assert metrics["messages_per_second"] > 0
    assert metrics["bytes_per_second"] == pytest.approx(metrics["messages_per_second"] * 26)


def test_latency_is_measured_in_virtual_time() -> None:
    manager = MockWebSocketManager(MockConfiguration(latency_ms=100))

    async def use() -> None:
        for number in range(1, 100):
            with manager.misbehaving(*([Rule("slow", delay(0.9))] if number % 10 == 0 else [])):
                await manager.send_to_thread("t", note(number))

    Simulation().run(use)
    metrics = manager.get_performance_metrics()
    assert metrics["latency_p50_ms"] == pytest.approx(100)
    assert metrics["latency_p95_ms"] == metrics["latency_max_ms"] == pytest.approx(1_000)
    assert metrics["latency_average_ms"] == pytest.approx((90 * 100 + 9 * 1_000) / 99)


@pytest.mark.parametrize(
    ("number", "median", "late"),
    [(1, 1, 1), (2, 1, 2), (3, 2, 3), (4, 2, 4), (100, 50, 95), (101, 51, 96)],
)
def test_a_percentile_is_the_smallest_time_that_so_many_do_not_exceed(number: int, median: int, late: int) -> None:
    ledger = Ledger()
    for milliseconds in range(number, 0, -1):
        ledger.delivered += 1
        ledger.took(milliseconds / 1_000)
    times = ledger.latency_ms()
    assert times["latency_p50_ms"] == pytest.approx(median)
    assert times["latency_p95_ms"] == pytest.approx(late)


def test_messages_delivered_at_once_count_in_the_percentiles() -> None:
    ledger = Ledger()
    ledger.delivered = 100
    for _ in range(10):
        ledger.took(1.0)
    times = ledger.latency_ms()
    assert (times["latency_p50_ms"], times["latency_p95_ms"], times["latency_average_ms"]) == (0.0, 1_000.0, 100.0)


def test_a_manager_that_moves_on_to_a_simulation_measures_in_its_time() -> None:
    manager = MockWebSocketManager()
    assert asyncio.run(manager.send_to_thread("t", note(1)))

    async def use() -> None:
        await manager.send_to_thread("u", note(2))
        await asyncio.sleep(10)
        await manager.send_to_thread("u", note(3))

    Simulation().run(use)
    assert manager.get_performance_metrics()["seconds"] == pytest.approx(10)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["", "  ", None, 7, ["t"], {}])
async def test_a_thread_and_a_user_have_names(name: Any) -> None:
    manager = MockWebSocketManager()
    with pytest.raises(ValueError, match="thread_id is a non-empty string, got"):
        await manager.send_to_thread(name, note(1))
    with pytest.raises(ValueError, match="user_id is a non-empty string, got"):
        await manager.connect_user(name)
    with pytest.raises(ValueError, match="user_id is a non-empty string, got"):
        await manager.send_to_user(name, note(1))


@pytest.mark.asyncio
async def test_a_flow_keeps_the_contract_and_can_be_asserted() -> None:
    manager = MockWebSocketManager.create_for_scenario("compliance")
    assert (await simulate_agent_execution_flow(manager, "t")).complete
    check = WebSocketAssertions(manager)
    check.assert_required_events_sent("t")
    check.assert_compliance_score(1.0, "t")
    assert manager.get_report("t").ok


@pytest.mark.asyncio
async def test_two_runs_of_a_thread_are_judged_apart() -> None:
    manager = MockWebSocketManager()
    await simulate_agent_execution_flow(manager, "t")
    await simulate_agent_execution_flow(manager, "t", include_tools=False)
    report = manager.get_report("t")
    assert [violation.rule for violation in report.violations] == ["EC206", "EC206"]
    assert report.runs == 2


@pytest.mark.asyncio
async def test_order_is_enforced_for_each_run_of_a_thread() -> None:
    manager = MockWebSocketManager(MockConfiguration(enforce_event_order=True))
    for run in "ab":
        assert await manager.send_to_thread("t", {"type": "agent_started", "run_id": run})
    with pytest.raises(EventOrderError, match="may not follow agent_started in thread 't'"):
        await manager.send_to_thread("t", {"type": "agent_started", "run_id": "a"})
    assert await manager.send_to_thread("t", {"type": "agent_error", "run_id": "a"})
    with pytest.raises(EventOrderError, match="nothing, the run has ended"):
        await manager.send_to_thread("t", {"type": "agent_thinking", "run_id": "a"})


def test_every_scenario_has_a_function_that_makes_it() -> None:
    makers = [
        create_basic_mock,
        create_compliance_mock,
        create_performance_mock,
        create_resilience_mock,
        create_concurrency_mock,
        create_resource_limits_mock,
        create_slow_network_mock,
        create_auth_testing_mock,
    ]
    assert [make(seed=3).config.scenario for make in makers] == list(SCENARIOS)
    with pytest.raises(ConfigurationError, match="did you mean 'latency_ms'"):
        create_basic_mock(latency_m=3)


@pytest.mark.asyncio
async def test_the_legacy_interface_is_kept() -> None:
    manager = LegacyMockWebSocketManager(strict_mode=True)
    await manager.connect_user("alice", "t")
    await manager.send_to_thread("t", {"type": "agent_started"})
    assert manager.messages == [{"thread_id": "t", "message": {"type": "agent_started"}, "event_type": "agent_started"}]
    assert manager.connections == {"alice": ["t"]}
    manager.record({"type": "agent_thinking"})
    assert [event["type"] for event in manager.events] == ["agent_thinking", "agent_started"]
    with pytest.raises(MessageFormatError, match="is no event of golden-path; strict_mode=False"):
        manager.record({"type": "nonsense"})
    lenient = LegacyMockWebSocketManager(strict_mode=False)
    lenient.record("anything")
    assert lenient.events == ["anything"]
    lenient.reset()
    assert lenient.events == []
