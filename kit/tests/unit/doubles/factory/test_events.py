"""The five events: what emitters, bridges and agents make of them, and where they arrive."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from goldenpath.contracts import GOLDEN_PATH
from goldenpath.doubles import SSotMockFactory
from goldenpath.doubles.events import FIVE, PAYLOADS

CALLS: dict[str, dict[str, Any]] = {
    "agent_started": {"task": "cut our cost"},
    "agent_thinking": {"reasoning": "look at the bill", "step": 2, "progress": 0.4},
    "tool_executing": {"tool_name": "query", "parameters": {"sql": "SELECT 1"}, "tool_call_id": "c1"},
    "tool_completed": {"tool_name": "query", "result": [1], "tool_call_id": "c1", "duration_ms": 3.0, "ok": True},
    "agent_completed": {"result": {"saving": 20}, "status": "completed", "duration_ms": 9.0},
    "agent_error": {"message": "no data", "code": "no_data", "retryable": True},
}


def types(events: list[Any]) -> list[str]:
    return [event["type"] for event in events]


def test_the_events_and_their_payloads_are_those_of_the_golden_path() -> None:
    assert set(PAYLOADS) == set(GOLDEN_PATH.run_types)
    assert set(FIVE) == GOLDEN_PATH.required
    for event_type, payload in PAYLOADS.items():
        fields = GOLDEN_PATH.events[event_type].required["payload"].required
        assert set(payload) == set(fields)


@pytest.mark.asyncio
async def test_what_is_emitted_with_the_fewest_arguments_keeps_the_contract(factory: SSotMockFactory) -> None:
    bridge = factory.create_mock_agent_websocket_bridge("u1")
    for event_type in FIVE:
        arguments = ["search"] if event_type.startswith("tool") else []
        assert await getattr(bridge, f"notify_{event_type}")("r1", "supervisor", *arguments)
    await bridge.notify_agent_started("r2", "supervisor")
    await bridge.notify_agent_error("r2", "supervisor", "no data")
    report = GOLDEN_PATH.check(bridge.get_events())
    assert report.ok, report.explain()


@pytest.mark.asyncio
async def test_what_an_agent_streams_keeps_the_contract(factory: SSotMockFactory) -> None:
    manager = factory.create_websocket_manager_mock()
    await manager.add_connection("c1", "test-user")
    for _ in range(3):
        await factory.create_agent_mock("triage", execution_result=[1], events_to=manager).execute({"task": "odd"})
        agent = factory.create_agent_mock("data", events_to=manager, fail_with=TimeoutError())
        with pytest.raises(TimeoutError):
            await agent.execute()
    assert GOLDEN_PATH.check(manager.get_messages("test-user")).ok


def test_an_emitter_and_a_bridge_offer_every_event_in_one_argument_order(factory: SSotMockFactory) -> None:
    from inspect import signature

    emitter = factory.create_mock_websocket_emitter("u1")
    bridge = factory.create_mock_agent_websocket_bridge("u1")
    for event_type, payload in PAYLOADS.items():
        parameters = list(signature(getattr(emitter, f"emit_{event_type}")).parameters)
        assert parameters == ["run_id", "agent_name", *payload]
        assert list(signature(getattr(bridge, f"notify_{event_type}")).parameters) == parameters
        assert list(signature(getattr(bridge, f"emit_{event_type}")).parameters) == parameters


@pytest.mark.asyncio
@pytest.mark.parametrize("event_type", CALLS)
async def test_an_event_is_emitted_with_its_payload_by_name_or_by_place(
    factory: SSotMockFactory, event_type: str
) -> None:
    emitter = factory.create_mock_websocket_emitter("u1", "c1")
    emit = getattr(emitter, f"emit_{event_type}")
    assert await emit("r1", "supervisor", **CALLS[event_type])
    assert await emit("r1", "supervisor", *CALLS[event_type].values())
    for number, event in enumerate(emitter.get_events(event_type), start=1):
        assert event["payload"] == CALLS[event_type]
        assert (event["type"], event["run_id"], event["agent_name"]) == (event_type, "r1", "supervisor")
        assert (event["user_id"], event["seq"]) == ("u1", number)
        assert emitter.validate_event(event)
        assert json.loads(json.dumps(event)) == event
    assert emit.await_count == 2


@pytest.mark.asyncio
async def test_agent_started_tells_the_task(factory: SSotMockFactory) -> None:
    emitter = factory.create_mock_websocket_emitter("u1")
    assert await emitter.emit_agent_started("r1", "supervisor", "cut our cost")
    (event,) = emitter.get_events()
    assert (event["type"], event["seq"], event["payload"]) == ("agent_started", 1, {"task": "cut our cost"})
    emitter.emit_agent_started.assert_awaited_once_with("r1", "supervisor", "cut our cost")


@pytest.mark.asyncio
async def test_agent_thinking_tells_how_far_it_is(factory: SSotMockFactory) -> None:
    emitter = factory.create_mock_websocket_emitter("u1")
    for step in (1, 2, 3):
        await emitter.emit_agent_thinking("r1", "supervisor", "hm", step=step, progress=step / 3)
    thoughts = [event["payload"] for event in emitter.get_events("agent_thinking")]
    assert [(each["step"], each["progress"]) for each in thoughts] == [(1, 1 / 3), (2, 2 / 3), (3, 1.0)]


@pytest.mark.asyncio
async def test_tool_executing_tells_the_tool_and_its_parameters(factory: SSotMockFactory) -> None:
    emitter = factory.create_mock_websocket_emitter("u1")
    parameters = {"sql": "SELECT 1"}
    await emitter.emit_tool_executing("r1", "data", "query", parameters)
    parameters["sql"] = "DROP TABLE usage"
    (event,) = emitter.get_events()
    assert (event["payload"]["tool_name"], event["payload"]["parameters"]) == ("query", {"sql": "SELECT 1"})
    assert event["payload"]["tool_call_id"]


@pytest.mark.asyncio
async def test_tool_completed_tells_the_result_of_its_call(factory: SSotMockFactory) -> None:
    emitter = factory.create_mock_websocket_emitter("u1")
    await emitter.emit_tool_executing("r1", "data", "query", {}, "c7")
    await emitter.emit_tool_completed("r1", "data", "query", [1, 2], "c7", ok=False)
    begun, ended = (event["payload"] for event in emitter.get_events())
    assert begun["tool_call_id"] == ended["tool_call_id"] == "c7"
    assert (ended["result"], ended["ok"]) == ([1, 2], False)


@pytest.mark.asyncio
async def test_agent_completed_tells_the_answer_and_is_the_last(factory: SSotMockFactory) -> None:
    emitter = factory.create_mock_websocket_emitter("u1")
    await emitter.emit_agent_started("r1", "supervisor")
    await emitter.emit_agent_thinking("r1", "supervisor")
    await emitter.emit_agent_completed("r1", "supervisor", {"saving": 20})
    last = emitter.get_events()[-1]
    assert (last["payload"]["result"], last["payload"]["status"]) == ({"saving": 20}, "completed")
    await emitter.emit_agent_thinking("r1", "supervisor", "too late")
    assert not GOLDEN_PATH.check(emitter.get_events()).ok


@pytest.mark.asyncio
async def test_a_whole_run_arrives_in_order_and_numbered(factory: SSotMockFactory) -> None:
    emitter = factory.create_mock_websocket_emitter("u1")
    for event_type in FIVE:
        await getattr(emitter, f"emit_{event_type}")("r1", "supervisor", **CALLS[event_type])
    assert types(emitter.get_events()) == list(FIVE)
    assert [event["seq"] for event in emitter.get_events()] == [1, 2, 3, 4, 5]
    emitter.clear_events()
    assert emitter.get_events() == []


@pytest.mark.asyncio
async def test_a_tool_call_is_paired_with_its_completion_without_being_told(factory: SSotMockFactory) -> None:
    emitter = factory.create_mock_websocket_emitter("u1")
    await emitter.emit_tool_executing("r1", "a", "search")
    await emitter.emit_tool_executing("r1", "a", "search")
    await emitter.emit_tool_completed("r1", "a", "search", ["hit"])
    await emitter.emit_tool_completed("r1", "a", "search", ["hit"])
    ids = [event["payload"]["tool_call_id"] for event in emitter.get_events()]
    assert ids[:2] == ids[2:]
    assert ids[0] != ids[1]


@pytest.mark.asyncio
async def test_a_bridge_notifies_the_five_events_and_the_error(factory: SSotMockFactory) -> None:
    bridge = factory.create_mock_agent_websocket_bridge("u1", "r1")
    for event_type, payload in CALLS.items():
        assert await getattr(bridge, f"notify_{event_type}")("r1", "supervisor", **payload)
    assert types(bridge.get_events()) == list(CALLS)
    assert [event["payload"] for event in bridge.get_events()] == list(CALLS.values())


@pytest.mark.asyncio
@pytest.mark.parametrize("event_type", CALLS)
async def test_a_bridge_that_should_fail_fails_every_notification(factory: SSotMockFactory, event_type: str) -> None:
    bridge = factory.create_mock_agent_websocket_bridge("u1", should_fail=True)
    with pytest.raises(RuntimeError, match="the bridge of u1 was made with should_fail=True"):
        await getattr(bridge, f"notify_{event_type}")("r1", "supervisor", **CALLS[event_type])
    assert bridge.get_events() == []
    assert bridge.status == "failing"


@pytest.mark.asyncio
async def test_a_disconnected_emitter_says_that_nothing_was_sent(factory: SSotMockFactory) -> None:
    emitter = factory.create_mock_websocket_emitter("u1")
    await emitter.disconnect()
    assert not emitter.is_connected()
    assert not await emitter.emit_agent_started("r1", "supervisor")
    assert emitter.get_events() == []
    await emitter.connect()
    assert await emitter.emit_agent_started("r1", "supervisor")


@pytest.mark.asyncio
async def test_events_of_many_users_at_once_arrive_each_at_its_user_in_order(factory: SSotMockFactory) -> None:
    manager = factory.create_websocket_manager_mock()
    users = [f"user-{number}" for number in range(20)]
    for user in users:
        await manager.add_connection(f"c-{user}", user)

    async def run(user: str) -> None:
        context = factory.create_isolated_execution_context(user, f"t-{user}")
        await factory.create_agent_mock(events_to=manager).execute("task", context)

    await asyncio.gather(*map(run, users))
    for user in users:
        messages = manager.get_messages(user)
        assert types(messages) == list(FIVE)
        assert {message["thread_id"] for message in messages} == {f"t-{user}"}


@pytest.mark.asyncio
async def test_a_broadcast_reaches_everybody_but_those_left_out(factory: SSotMockFactory) -> None:
    manager = factory.create_websocket_manager_mock()
    for user in ("ada", "bob", "eve"):
        await manager.add_connection(f"c-{user}", user)
    assert await manager.broadcast_message({"type": "notice"}, exclude=["eve"]) == 2
    assert [len(manager.get_messages(user)) for user in ("ada", "bob", "eve")] == [1, 1, 0]
    assert await manager.broadcast_message({"type": "notice"}) == 3


@pytest.mark.asyncio
async def test_a_critical_event_is_reported_delivered_only_when_somebody_got_it(factory: SSotMockFactory) -> None:
    manager = factory.create_websocket_manager_mock()
    assert not await manager.emit_critical_event("ada", "agent_error", {"message": "x"})
    await manager.add_connection("c1", "ada")
    assert await manager.emit_critical_event("ada", "agent_error", {"message": "x"})
    assert types(manager.get_messages("ada")) == ["agent_error"]


@pytest.mark.parametrize(
    "wrong",
    [
        "agent_started",
        {},
        {"type": "agent_strated", "run_id": "r", "agent_name": "a", "payload": {}},
        {"type": "agent_started", "agent_name": "a", "payload": {"task": ""}},
        {"type": "agent_started", "run_id": "r", "agent_name": "a", "payload": {}},
        {"type": "agent_started", "run_id": "r", "agent_name": "a", "payload": None},
    ],
)
def test_a_malformed_event_is_not_valid(factory: SSotMockFactory, wrong: Any) -> None:
    assert not factory.create_mock_websocket_emitter("u1").validate_event(wrong)


@pytest.mark.asyncio
async def test_an_agent_streams_into_whatever_it_is_given(factory: SSotMockFactory) -> None:
    emitter = factory.create_mock_websocket_emitter("u1")
    bridge = factory.create_mock_agent_websocket_bridge("u1", "r1")
    for sink in (emitter, bridge):
        await factory.create_agent_mock("triage", events_to=sink).execute("task")
        assert types(sink.get_events()) == list(FIVE)
    assert {event["run_id"] for event in bridge.get_events()} == {"r1"}
    assert all(getattr(bridge, f"notify_{event_type}").await_count == 1 for event_type in FIVE)

    class ThreadManager:
        def __init__(self) -> None:
            self.sent: list[tuple[str, str]] = []

        async def send_to_thread(self, thread_id: str, message: dict[str, Any]) -> bool:
            self.sent.append((thread_id, message["type"]))
            return True

    threads = ThreadManager()
    await factory.create_agent_mock(events_to=threads).execute("task", factory.create_mock_user_context("u", "t9"))
    assert threads.sent == [("t9", event_type) for event_type in FIVE]


def test_a_sink_that_takes_no_events_is_refused_saying_what_would_do(factory: SSotMockFactory) -> None:
    with pytest.raises(TypeError, match=r"events_to is a bridge, an emitter or a manager .*notify_agent_started"):
        factory.create_agent_mock(events_to=object())


@pytest.mark.asyncio
async def test_an_agent_that_fails_tells_so_and_never_that_it_completed(factory: SSotMockFactory) -> None:
    bridge = factory.create_mock_agent_websocket_bridge("u1", "r1")
    agent = factory.create_agent_mock(events_to=bridge, fail_with=ConnectionError("model is down"))
    with pytest.raises(ConnectionError, match="model is down"):
        await agent.execute("task")
    assert types(bridge.get_events()) == ["agent_started", "agent_thinking", "agent_error"]
    assert bridge.get_events()[-1]["payload"]["message"] == "model is down"


@pytest.mark.asyncio
async def test_an_agent_whose_listener_breaks_does_not_hide_it(factory: SSotMockFactory) -> None:
    agent = factory.create_agent_mock(events_to=factory.create_mock_agent_websocket_bridge("u1", should_fail=True))
    with pytest.raises(RuntimeError, match="should_fail"):
        await agent.execute("task")


def test_an_emitter_is_configured_and_fed_by_hand(factory: SSotMockFactory) -> None:
    emitter = factory.create_mock_websocket_emitter("u1")
    emitter.configure(batch_size=3)
    emitter.configure.assert_called_once_with(batch_size=3)
    emitter.add_event({"type": "agent_started"})
    emitter.add_event({"type": "heartbeat"})
    assert emitter.get_events("heartbeat") == [{"type": "heartbeat"}]
