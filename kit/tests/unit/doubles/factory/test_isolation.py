"""What one user's doubles hear, hold and answer never shows in another's."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from goldenpath.doubles import SSotMockFactory
from goldenpath.doubles.factory import KINDS

REGIMES = {
    "hipaa": {"patient": "Ada Example", "mrn": "MRN-7731", "diagnosis": "E11.9"},
    "soc2": {"api_key": "sk-live-4242", "session": "sess-9f", "audit_actor": "root@acme"},
    "sec": {"position": "short 10,000 ACME", "insider": "merger on Monday", "account": "ACC-0001"},
}
"""What each regime would never let another tenant see."""


def everything(double: Any) -> str:
    """All that a double holds: what it recorded, and what it answers when asked for its state."""
    state = double.get_state() if hasattr(type(double), "get_state") else ""
    return f"{double.mock_calls!r} {state!r}"


def test_contexts_of_two_users_share_no_state(factory: SSotMockFactory) -> None:
    ada = factory.create_mock_user_context("ada", "t1")
    bob = factory.create_mock_user_context("bob", "t2")
    ada.set_state("secret", "ada's")
    ada.note = "only ada's"
    assert bob.get_state() == {}
    assert not hasattr(bob, "note")
    assert (ada.user_id, bob.user_id) == ("ada", "bob")
    bob.set_state.assert_not_called()
    assert ada.run_id != bob.run_id


def test_isolated_contexts_of_one_user_have_their_own_run_and_request(factory: SSotMockFactory) -> None:
    contexts = [factory.create_isolated_execution_context("ada", "t1", websocket_client_id="ws-1") for _ in range(50)]
    assert len({context.run_id for context in contexts} | {context.request_id for context in contexts}) == 100
    assert {(one.user_id, one.thread_id, one.websocket_client_id) for one in contexts} == {("ada", "t1", "ws-1")}


@pytest.mark.asyncio
async def test_a_websocket_hears_only_what_was_sent_to_it(factory: SSotMockFactory) -> None:
    ada, bob = (factory.create_websocket_mock(f"c-{user}", user) for user in ("ada", "bob"))
    await ada.accept()
    await ada.send_json({"for": "ada"})
    assert bob.mock_calls == []
    assert bob.client_state.name == "CONNECTING"
    await bob.send_json({"for": "bob"})
    assert bob.send_json.await_args.args == ({"for": "bob"},)
    assert ada.send_json.await_count == 1


@pytest.mark.asyncio
async def test_an_agents_result_is_not_shared_with_another_agent_or_another_call(factory: SSotMockFactory) -> None:
    ada, bob = factory.create_agent_mock(), factory.create_agent_mock()
    spoilt = await ada.execute()
    spoilt["result"] = "ada's"
    ada.get_capabilities().append("ada's")
    assert "ada's" not in (await bob.execute()).values()
    assert "ada's" not in (await ada.execute()).values()
    assert "ada's" not in ada.get_capabilities()


def test_a_hundred_threads_make_and_call_their_own_doubles_and_one_that_is_shared(factory: SSotMockFactory) -> None:
    shared = factory.create_agent_mock()

    def work(number: int) -> tuple[str, int, list[Any]]:
        suite = factory.create_mock_suite(["websocket", "user_context", "agent"], user_id=f"user-{number}")

        async def use() -> None:
            for _ in range(10):
                await suite["websocket"].send_json({"for": number})
                await shared.execute(number)

        asyncio.run(use())
        suite["user_context"].set_state("n", number)
        sent = suite["websocket"].send_json
        heard = {call.args[0]["for"] for call in sent.mock_calls}
        return suite["websocket"].user_id, sent.await_count, [suite["user_context"].get_state("n"), *heard]

    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(work, range(100)))
    assert answers == [(f"user-{number}", 10, [number, number]) for number in range(100)]
    assert shared.execute.await_count == 1000
    assert factory.statistics()["made"] == 301


@pytest.mark.asyncio
async def test_a_bridge_keeps_its_own_users_events(factory: SSotMockFactory) -> None:
    ada, bob = (factory.create_mock_agent_websocket_bridge(user, f"run-{user}") for user in ("ada", "bob"))
    await ada.notify_agent_started("run-ada", "supervisor", "ada's task")
    assert bob.get_events() == []
    await bob.notify_agent_started("run-bob", "supervisor", "bob's task")
    assert [(event["user_id"], event["run_id"]) for event in bob.get_events()] == [("bob", "run-bob")]
    await ada.disconnect()
    assert bob.is_connected()


@pytest.mark.asyncio
async def test_a_sessions_transaction_and_script_are_its_own(factory: SSotMockFactory) -> None:
    ada, bob = factory.create_database_session_mock(), factory.create_database_session_mock()
    ada.execute.return_value.fetchall.return_value = [("ada's",)]
    await ada.execute("SELECT secret")
    await ada.flush()
    assert (await bob.execute("SELECT 1")).fetchall() == []
    await bob.commit()
    ada.commit.assert_not_called()


@pytest.mark.asyncio
async def test_a_manager_sends_to_the_user_alone_and_a_leaky_one_can_be_told_from_it(factory: SSotMockFactory) -> None:
    async def heard_by_bob(user_isolation: bool) -> list[Any]:
        manager = factory.create_websocket_manager_mock(user_isolation=user_isolation)
        await manager.add_connection("c1", "ada")
        await manager.add_connection("c2", "bob")
        await manager.send_message("ada", {"for": "ada"})
        messages: list[Any] = manager.get_messages("bob")
        return messages

    assert await heard_by_bob(user_isolation=True) == []
    assert await heard_by_bob(user_isolation=False) == [{"for": "ada"}]
    manager = factory.create_websocket_manager_mock()
    await manager.add_connection("c1", "ada")
    with pytest.raises(ValueError, match="connection 'c1' belongs to another user"):
        await manager.add_connection("c1", "bob")


@pytest.mark.asyncio
async def test_two_suites_share_nothing_but_their_kinds(factory: SSotMockFactory) -> None:
    ada, bob = (factory.create_mock_suite(KINDS, user_id=user) for user in ("ada", "bob"))
    assert not {id(double) for double in ada.values()} & {id(double) for double in bob.values()}
    await ada["redis_client"].set("key", "ada's")
    ada["execution_context"].set_state("key", "ada's")
    ada["user_context"].set_state("key", "ada's")
    ada["configuration"].redis_url = "redis://ada"
    assert await bob["redis_client"].get("key") is None
    assert bob["execution_context"].get_state("key") is None
    assert bob["user_context"].get_state("key") is None
    assert "ada" not in bob["configuration"].redis_url


@pytest.mark.asyncio
@pytest.mark.parametrize("regime", REGIMES)
async def test_what_a_regime_protects_never_shows_in_another_tenants_doubles(
    factory: SSotMockFactory, regime: str
) -> None:
    protected = REGIMES[regime]
    kinds = ["websocket", "agent", "database_session", "execution_context", "redis_client", "agent_websocket_bridge"]
    clinic, rival = (
        factory.create_mock_suite(kinds, user_id=f"{name}-user", tenant=name) for name in ("clinic", "rival")
    )

    async def work(suite: dict[str, Any], data: dict[str, str]) -> None:
        await suite["websocket"].send_json(data)
        await suite["agent"].execute(data)
        await suite["database_session"].execute("INSERT", data)
        suite["execution_context"].set_state("data", data)
        await suite["redis_client"].hset("data", mapping=data)
        await suite["agent_websocket_bridge"].notify_agent_started("run", "agent", data)

    await work(clinic, protected)
    await work(rival, {"nothing": "to hide"})
    ours, theirs = (" ".join(map(everything, suite.values())) for suite in (clinic, rival))
    for value in protected.values():
        assert value in ours
        assert value not in theirs
        assert value not in str(rival["agent_websocket_bridge"].get_events())
    assert await rival["redis_client"].hgetall("data") == {b"nothing": b"to hide"}
    tenants = {double.tenant for suite in (clinic, rival) for double in suite.values()}
    assert tenants == {"clinic", "rival"}
    assert {id(double) for double in factory.made_for("rival")} == {id(double) for double in rival.values()}
