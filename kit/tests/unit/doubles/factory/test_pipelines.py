"""Doubles of many kinds put together as a backend puts the real things together."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from goldenpath.doubles import SSotMockFactory
from goldenpath.doubles.events import FIVE

KINDS = ["agent", "websocket", "websocket_manager", "database_session", "tool", "user_context", "redis_client"]


async def handle(suite: dict[str, Any], task: str) -> Any:
    """A small service: ask the agent, call its tool, store the answer, tell the user; nothing is kept of a failure."""
    context, session = suite["user_context"], suite["database_session"]
    try:
        found = await suite["tool"].execute(query=task)
        answer = await suite["agent"].execute(found, context)
        await session.execute(
            "INSERT INTO answers VALUES (:user, :answer)", {"user": context.user_id, "answer": answer}
        )
        await session.commit()
    except ConnectionError as error:
        await session.rollback()
        await suite["websocket"].send_json({"type": "agent_error", "message": str(error)})
        return None
    await suite["websocket"].send_json({"type": "agent_completed", "user": context.user_id})
    context.set_state("answer", answer)
    return answer


@pytest.mark.asyncio
async def test_a_supervisor_is_asked_and_its_five_events_reach_the_socket(factory: SSotMockFactory) -> None:
    manager, socket = factory.create_websocket_manager_mock(), factory.create_websocket_mock(user_id="ada")
    await socket.accept()
    await manager.add_connection("c1", "ada", socket)
    supervisor = factory.create_agent_mock("supervisor", events_to=manager)
    result = await supervisor.execute("cut our cost", factory.create_mock_user_context("ada"))
    assert result["status"] == "completed"
    assert [call.args[0]["type"] for call in socket.send_json.mock_calls] == list(FIVE)


@pytest.mark.asyncio
async def test_agents_hand_their_results_on_in_order(factory: SSotMockFactory) -> None:
    bridge = factory.create_mock_agent_websocket_bridge("ada", "run-1")
    names = ["triage", "data", "optimization", "reporting"]
    agents = [factory.create_agent_mock(name, {"status": "completed", "by": name}, events_to=bridge) for name in names]
    task: Any = "cut our cost"
    for agent in agents:
        task = await agent.execute(task)
    assert [agent.execute.await_args.args[0] for agent in agents] == [
        "cut our cost",
        *({"status": "completed", "by": name} for name in names[:-1]),
    ]
    started = [event["agent_name"] for event in bridge.get_events("agent_started")]
    assert started == names
    assert [event["seq"] for event in bridge.get_events()] == list(range(1, 21))


@pytest.mark.asyncio
async def test_an_answer_is_stored_committed_and_only_then_told(factory: SSotMockFactory) -> None:
    suite = factory.create_mock_suite(KINDS, user_id="ada")
    answer = await handle(suite, "cut our cost")
    session = suite["database_session"]
    assert session.execute.await_args.args[1] == {"user": "ada", "answer": answer}
    assert [call[0] for call in session.mock_calls] == ["execute", "commit"]
    suite["websocket"].send_json.assert_awaited_once_with({"type": "agent_completed", "user": "ada"})


@pytest.mark.asyncio
async def test_a_tools_answer_is_what_the_agent_works_on(factory: SSotMockFactory) -> None:
    suite = factory.create_mock_suite(KINDS) | {"tool": factory.create_tool_mock("usage", execution_result=[1, 2, 3])}
    await handle(suite, "how much?")
    suite["tool"].execute.assert_awaited_once_with(query="how much?")
    suite["agent"].execute.assert_awaited_once_with([1, 2, 3], suite["user_context"])


@pytest.mark.asyncio
async def test_a_failure_rolls_back_tells_the_user_and_the_next_try_succeeds(factory: SSotMockFactory) -> None:
    suite = factory.create_mock_suite(KINDS)
    suite["tool"] = factory.create_tool_mock(fail_with=ConnectionError("the store is down"), fail_on_call=1)
    assert await handle(suite, "x") is None
    session = suite["database_session"]
    session.rollback.assert_awaited_once_with()
    session.commit.assert_not_awaited()
    suite["websocket"].send_json.assert_awaited_once_with({"type": "agent_error", "message": "the store is down"})
    assert await handle(suite, "x") is not None
    session.commit.assert_awaited_once_with()
    factory.verify_all()


@pytest.mark.asyncio
async def test_pipelines_of_many_users_run_at_once_without_mixing(factory: SSotMockFactory) -> None:
    suites = [factory.create_mock_suite(KINDS, user_id=f"u{number}", failure_rate=0) for number in range(25)]
    answers = await asyncio.gather(*(handle(suite, f"task {number}") for number, suite in enumerate(suites)))
    assert all(answers)
    for number, suite in enumerate(suites):
        suite["tool"].execute.assert_awaited_once_with(query=f"task {number}")
        suite["websocket"].send_json.assert_awaited_once_with({"type": "agent_completed", "user": f"u{number}"})


@pytest.mark.asyncio
async def test_the_state_a_run_leaves_is_found_by_the_next(factory: SSotMockFactory) -> None:
    suite = factory.create_mock_suite(KINDS)
    answer = await handle(suite, "x")
    assert suite["user_context"].get_state("answer") == answer
    await suite["redis_client"].set("last", "x", ex=60)
    assert await suite["redis_client"].getdel("last") == b"x"
    assert await suite["redis_client"].getdel("last") is None
    factory.reset_all()
    assert suite["user_context"].get_state.call_count == 0
