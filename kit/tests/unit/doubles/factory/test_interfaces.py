"""Each kind offers what its interface says, in the way the interface says it, and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from inspect import isawaitable, iscoroutinefunction, signature
from typing import Any
from unittest.mock import ANY, call

import pytest

from goldenpath.doubles import SSotMockFactory
from goldenpath.doubles.factory import KINDS
from goldenpath.doubles.kinds import agent, agent_websocket_bridge, database_session, tool, websocket, websocket_emitter

ALL_KINDS = sorted(KINDS)


@pytest.mark.asyncio
async def test_a_websocket_follows_accept_and_close(factory: SSotMockFactory) -> None:
    socket = factory.create_websocket_mock()
    assert (socket.connection_id, socket.user_id) == ("test-connection", "test-user")
    assert socket.client_state.name == "CONNECTING"
    await socket.accept()
    assert socket.client_state.name == "CONNECTED"
    await socket.send_text("hello")
    await socket.send_bytes(b"hello")
    await socket.send_json({"type": "agent_started"})
    await socket.close(code=1000)
    assert socket.client_state.name == "DISCONNECTED"
    assert socket.mock_calls == [
        call.accept(),
        call.send_text("hello"),
        call.send_bytes(b"hello"),
        call.send_json({"type": "agent_started"}),
        call.close(code=1000),
    ]


@pytest.mark.asyncio
async def test_a_websocket_receives_what_it_is_scripted_to(factory: SSotMockFactory) -> None:
    socket = factory.create_websocket_mock()
    socket.receive_text.side_effect = ["one", "two", ConnectionError("gone")]
    assert [await socket.receive_text(), await socket.receive_text()] == ["one", "two"]
    with pytest.raises(ConnectionError, match="gone"):
        await socket.receive_text()
    with pytest.raises(RuntimeError, match="nobody will ever speak to this websocket double"):
        await socket.receive_json()


@pytest.mark.asyncio
async def test_an_agent_executes_asynchronously_and_tells_its_capabilities_synchronously(
    factory: SSotMockFactory,
) -> None:
    double = factory.create_agent_mock("triage", execution_time=0.25)
    assert double.agent_type == "triage"
    result = await double.execute("cut our cost", {"thread": 1})
    assert result["status"] == "completed"
    assert result["execution_time"] == 0.25
    double.execute.assert_awaited_once_with("cut our cost", ANY)
    capabilities = double.get_capabilities()
    assert not isawaitable(capabilities)
    assert {"text_processing", "data_analysis"} <= set(capabilities)
    assert isinstance(double, agent.Agent)


@pytest.mark.asyncio
async def test_an_agent_gives_the_very_result_it_was_given(factory: SSotMockFactory) -> None:
    result = object()
    assert await factory.create_agent_mock(execution_result=result).execute() is result


@pytest.mark.asyncio
async def test_a_session_is_asynchronous_and_its_results_are_not(factory: SSotMockFactory) -> None:
    session = factory.create_database_session_mock()
    result = await session.execute("SELECT 1")
    assert (result.fetchall(), result.fetchone(), result.scalar()) == ([], None, None)
    assert await session.scalar("SELECT 1") is None
    await session.commit()
    await session.rollback()
    await session.close()
    session.execute.assert_awaited_once_with("SELECT 1")


@pytest.mark.asyncio
async def test_a_session_answers_what_it_is_scripted_to(factory: SSotMockFactory) -> None:
    session = factory.create_database_session_mock()
    session.execute.return_value.fetchall.return_value = [(1, "ada")]
    session.execute.return_value.scalar.return_value = 1
    result = await session.execute("SELECT id, name FROM users")
    assert (result.fetchall(), result.scalar()) == ([(1, "ada")], 1)
    session.execute.side_effect = ConnectionError("gone")
    with pytest.raises(ConnectionError, match="gone"):
        await session.execute("SELECT 1")


@pytest.mark.asyncio
async def test_a_bridge_notifies_connects_and_knows_its_user(factory: SSotMockFactory) -> None:
    bridge = factory.create_mock_agent_websocket_bridge("u1", run_id="r1")
    assert (bridge.user_id, bridge.run_id, bridge.status, bridge.is_connected()) == ("u1", "r1", "connected", True)
    context = bridge.get_user_context()
    assert (context.user_id, context.run_id) == ("u1", "r1")
    assert await bridge.notify_agent_started("r1", "supervisor", "a task")
    bridge.notify_agent_started.assert_awaited_once_with("r1", "supervisor", task="a task")
    await bridge.disconnect()
    assert (bridge.status, bridge.is_connected()) == ("disconnected", False)
    assert not await bridge.notify_agent_started("r1", "supervisor")
    await bridge.connect()
    assert bridge.is_connected()


@pytest.mark.parametrize(
    ("double", "real"),
    [
        ("agent", agent.Agent),
        ("websocket", websocket.WebSocket),
        ("database_session", database_session.DatabaseSession),
        ("websocket_emitter", websocket_emitter.WebSocketEmitter),
        ("agent_websocket_bridge", agent_websocket_bridge.AgentWebSocketBridge),
        ("tool", tool.Tool),
    ],
)
def test_every_method_has_the_signature_and_the_colour_of_the_interface(
    factory: SSotMockFactory, double: str, real: type
) -> None:
    made = factory.create_mock(double)
    methods = [name for name in dir(real) if not name.startswith("_") and callable(getattr(real, name))]
    assert methods
    for name in methods:
        parameters = list(signature(getattr(real, name)).parameters.values())[1:]
        assert list(signature(getattr(made, name)).parameters.values()) == parameters, name
        assert iscoroutinefunction(getattr(made, name)) == iscoroutinefunction(getattr(real, name)), name


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_what_the_interface_does_not_have_cannot_be_read_but_state_can_be_hung_on(
    factory: SSotMockFactory, kind: str
) -> None:
    double = factory.create_mock(kind)
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = double.no_such_thing
    double.no_such_thing = state = object()
    assert double.no_such_thing is state
    assert not hasattr(factory.create_mock(kind), "no_such_thing")


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_a_double_shows_no_more_than_its_interface(factory: SSotMockFactory, kind: str) -> None:
    double = factory.create_mock(kind)
    behaviour = vars(double).get("_double_wrapped")
    extra = {name for name in dir(behaviour) if not name.startswith("_")} - set(dir(double))
    assert extra <= {"execution_time", "should_fail", "thread_id"}


@pytest.mark.parametrize(
    ("kind", "method", "args"),
    [
        ("agent", "get_capabilities", (1,)),
        ("websocket", "send_text", ()),
        ("websocket_manager", "send_message", ("user",)),
        ("websocket_emitter", "emit_agent_started", ("run",)),
        ("agent_websocket_bridge", "notify_tool_executing", ("run", "agent")),
        ("database_session", "commit", ("now",)),
        ("execution_context", "set_state", ("key",)),
        ("user_context", "set_state", ("key",)),
        ("llm_client", "agenerate", ()),
        ("llm_manager", "tokenize", ()),
        ("redis_client", "get", ()),
        ("configuration", "get", ()),
        ("tool", "get_schema", ("x",)),
    ],
)
def test_a_call_the_interface_does_not_take_is_refused_at_once(
    factory: SSotMockFactory, kind: str, method: str, args: tuple[Any, ...]
) -> None:
    with pytest.raises(TypeError, match=method):
        getattr(factory.create_mock(kind), method)(*args)


@pytest.mark.asyncio
async def test_answers_are_the_same_over_calls_and_over_doubles(factory: SSotMockFactory) -> None:
    one, two = factory.create_agent_mock(), factory.create_agent_mock()
    answers = [await one.execute(), await one.execute(), await two.execute()]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0] is not answers[1]
    assert one.get_capabilities() == two.get_capabilities()
    embeddings = [await factory.create_mock_llm_manager("m").get_embeddings("text") for _ in range(2)]
    assert embeddings[0] == embeddings[1]


@pytest.mark.asyncio
async def test_errors_are_scripted_on_any_method(factory: SSotMockFactory) -> None:
    tool_double = factory.create_tool_mock("search")
    tool_double.execute.side_effect = TimeoutError
    with pytest.raises(TimeoutError):
        await tool_double.execute(query="x")
    tool_double.get_schema.side_effect = ValueError("no schema")
    with pytest.raises(ValueError, match="no schema"):
        tool_double.get_schema()
    assert tool_double.name == "search"


@pytest.mark.asyncio
async def test_a_tool_gives_its_result_and_its_schema(factory: SSotMockFactory) -> None:
    double = factory.create_tool_mock("search", execution_result=["hit"])
    assert await double.execute("q", limit=3) == ["hit"]
    assert double.get_schema()["name"] == "search"
    assert (await factory.create_tool_mock().execute())["status"] == "success"


@pytest.mark.asyncio
async def test_a_model_is_asked_whole_streamed_embedded_and_tokenized(factory: SSotMockFactory) -> None:
    manager = factory.create_mock_llm_manager("m1", {"response_text": "spend less now"})
    assert await manager.generate_response("how?") == "spend less now"
    stream = manager.stream_response("how?")
    assert isinstance(stream, AsyncIterator)
    assert "".join([piece async for piece in stream]) == "spend less now"
    assert len(await manager.get_embeddings(["a", "b"])) == 2
    assert await manager.get_embeddings("a") != await manager.get_embeddings("b")
    assert manager.tokenize("spend less") == ["spend", "less"]
    assert (manager.validate_model("m1"), manager.validate_model("m2")) == (True, False)
    assert manager.get_model_info()["model"] == "m1"


@pytest.mark.asyncio
async def test_an_llm_client_records_what_was_asked_deep_inside(factory: SSotMockFactory) -> None:
    client = factory.create_llm_client_mock("yes")
    answer = await client.chat.completions.create(model="m", messages=[{"role": "user", "content": "ok?"}])
    assert answer.choices[0].message.content == "yes"
    client.chat.completions.create.assert_awaited_once_with(model="m", messages=ANY)
    assert [[one.text for one in answers] for answers in (await client.agenerate(["a", "b"])).generations] == [
        ["yes"]
    ] * 2


def test_a_configuration_says_what_was_added_to_it(factory: SSotMockFactory) -> None:
    plain = factory.create_configuration_mock()
    assert plain.environment == "test"
    assert plain.database_url.startswith("postgresql://")
    assert plain.redis_url.startswith("redis://")
    changed = factory.create_configuration_mock("staging", {"redis_url": "redis://cache", "flag": True})
    assert (changed.environment, changed.redis_url, changed.flag) == ("staging", "redis://cache", True)
    assert (changed.get("flag"), changed.get("nothing", 7)) == (True, 7)
    assert plain.get("flag") is None
    assert not hasattr(plain, "flag")


@pytest.mark.asyncio
async def test_a_manager_delivers_to_the_connections_it_has(factory: SSotMockFactory) -> None:
    manager = factory.create_websocket_manager_mock()
    assert not await manager.send_message("u1", {"n": 1})
    socket = factory.create_websocket_mock("c1", "u1")
    await manager.add_connection("c1", "u1", socket)
    assert manager.is_connection_active("c1")
    assert await manager.send_message("u1", {"n": 2})
    socket.send_json.assert_awaited_once_with({"n": 2})
    assert manager.get_connection("c1").user_id == "u1"
    assert [one.connection_id for one in manager.get_connections()] == ["c1"]
    assert await manager.remove_connection("c1")
    assert not manager.is_connection_active("c1")
    assert manager.get_connection("c1") is None
    assert not await manager.send_message("u1", {"n": 3})
    assert (manager.manager_type, manager.user_isolation) == ("unified", True)


def test_a_suite_shares_one_user(factory: SSotMockFactory) -> None:
    kinds = ["websocket", "websocket_emitter", "agent_websocket_bridge", "execution_context", "user_context", "agent"]
    suite = factory.create_mock_suite(kinds, user_id="u7", thread_id="t7")
    assert list(suite) == kinds
    assert {double.user_id for kind, double in suite.items() if kind != "agent"} == {"u7"}
    assert {suite[kind].thread_id for kind in ("execution_context", "user_context")} == {"t7"}
    everything = factory.create_mock_suite(KINDS)
    assert set(everything) == set(KINDS)


def test_an_unknown_kind_is_refused_naming_the_nearest_and_all(factory: SSotMockFactory) -> None:
    for make in (lambda: factory.create_mock_suite(["agent", "websockt"]), lambda: factory.create_mock("websockt")):
        with pytest.raises(
            ValueError, match=r"no kind of double 'websockt'; did you mean 'websocket'\?.*configuration"
        ):
            make()
    with pytest.raises(TypeError, match="a kind's name or a class, not 7"):
        factory.create_mock(7)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="none of agent takes flavour"):
        factory.create_mock_suite(["agent"], flavour="sweet")
    with pytest.raises(TypeError, match="a list of kinds, not 'agent'"):
        factory.create_mock_suite("agent")


@pytest.mark.asyncio
async def test_any_class_is_doubled(factory: SSotMockFactory) -> None:
    class Ledger:
        async def charge(self, cents: int) -> int:
            raise NotImplementedError

    ledger = factory.create_mock(Ledger, fail_on_call=2)
    assert isinstance(ledger, Ledger)
    ledger.charge.return_value = 5
    assert await ledger.charge(5) == 5
    with pytest.raises(RuntimeError, match=r"Ledger\.charge fails on purpose: call 2"):
        await ledger.charge(5)
    with pytest.raises(TypeError):
        ledger.charge("5", "6")
    ledger.anything = 1
    assert factory.create_mock(Ledger, limit=9).limit == 9
