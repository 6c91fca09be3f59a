"""Kinds compiled from real classes: what the real class says goes, and the behaviour fills in where it fits."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.websockets import WebSocket, WebSocketState

from goldenpath.doubles import SSotMockFactory, client_of, verify_doubles


class Agent:
    """A real agent that has drifted from the built-in one: another parameter, another method, none of a third."""

    def __init__(self, model: str) -> None:
        self.model = model

    async def execute(self, task: str, context: Any, *, priority: int = 0) -> dict[str, Any]:
        raise NotImplementedError

    async def cancel(self, reason: str) -> bool:
        raise NotImplementedError


class Tool:
    """A real tool whose method is not async."""

    name: str

    def execute(self, query: str) -> list[str]:
        raise NotImplementedError


class Emitter:
    """A real emitter with its arguments in another order."""

    async def emit_agent_started(self, agent_name: str, run_id: str, task: str = "") -> bool:
        raise NotImplementedError


@pytest.fixture
def bound() -> SSotMockFactory:
    return SSotMockFactory(
        interfaces={"agent": Agent, "tool": Tool, "websocket_emitter": Emitter, "websocket": WebSocket}
    )


@pytest.mark.asyncio
async def test_a_bound_double_is_the_real_class_and_behaves(bound: SSotMockFactory) -> None:
    agent = bound.create_agent_mock("triage")
    assert isinstance(agent, Agent)
    assert agent.agent_type == "triage"
    assert (await agent.execute("task", None, priority=2))["status"] == "completed"
    agent.execute.assert_awaited_once_with("task", None, priority=2)
    agent.cancel.return_value = True
    assert await agent.cancel("enough")


@pytest.mark.asyncio
async def test_the_real_signature_goes(bound: SSotMockFactory) -> None:
    agent = bound.create_agent_mock()
    with pytest.raises(TypeError, match=r"Agent\.execute.*context"):
        agent.execute("task")
    with pytest.raises(AttributeError, match="Agent has no attribute 'get_capabilities'"):
        _ = agent.get_capabilities


def test_a_method_of_another_colour_answers_by_its_own_annotation(bound: SSotMockFactory) -> None:
    tool = bound.create_tool_mock("search", execution_result=["hit"])
    assert tool.name == "search"
    tool.execute.return_value = ["scripted"]
    assert tool.execute("q") == ["scripted"]


@pytest.mark.asyncio
async def test_a_method_with_its_arguments_in_another_order_does_not_run_the_behaviour(bound: SSotMockFactory) -> None:
    emitter = bound.create_mock_websocket_emitter("ada")
    await emitter.emit_agent_started("triage", "run-1")
    emitter.emit_agent_started.assert_awaited_once_with(agent_name="triage", run_id="run-1")
    with pytest.raises(AttributeError, match="get_events"):
        _ = emitter.get_events


@pytest.mark.asyncio
async def test_a_bound_websocket_speaks_starlettes_states(bound: SSotMockFactory) -> None:
    socket = bound.create_websocket_mock("c1", "ada")
    assert isinstance(socket, WebSocket)
    assert (socket.connection_id, socket.user_id) == ("c1", "ada")
    client = client_of(socket)
    await socket.accept(subprotocol="v1")
    assert socket.client_state is WebSocketState.CONNECTED
    assert client.heard[0]["subprotocol"] == "v1"
    socket.client_state = WebSocketState.DISCONNECTED
    with pytest.raises(RuntimeError, match="disconnect"):
        await socket.receive()


@pytest.mark.asyncio
async def test_conditions_disturb_bound_kinds_too(bound: SSotMockFactory) -> None:
    agent = bound.create_agent_mock(fail_with=TimeoutError, tenant="acme")
    for call in (agent.execute("task", None), agent.cancel("x")):
        with pytest.raises(TimeoutError):
            await call
    assert agent.tenant == "acme"
    tool = bound.create_tool_mock(fail_with=TimeoutError)
    with pytest.raises(TimeoutError):
        tool.execute("q")


@pytest.mark.asyncio
async def test_a_bound_agent_streams_fails_in_the_midst_and_its_other_methods_fail_too(bound: SSotMockFactory) -> None:
    bridge = SSotMockFactory().create_mock_agent_websocket_bridge("ada")
    agent = bound.create_agent_mock(events_to=bridge, fail_with=TimeoutError)
    for call in (agent.execute("task", None), agent.cancel("x")):
        with pytest.raises(TimeoutError):
            await call
    assert [event["type"] for event in bridge.get_events()] == ["agent_started", "agent_thinking", "agent_error"]


def test_an_agent_that_cannot_stream_says_so_when_it_is_made() -> None:
    class Runner:
        def execute(self, task: str) -> None: ...

    factory = SSotMockFactory(interfaces={"agent": Runner})
    with pytest.raises(TypeError, match=r"Runner\.execute is not async execute.task, context., so it cannot stream"):
        factory.create_agent_mock(events_to=factory.create_mock_websocket_emitter("ada"))


def test_a_class_that_is_named_as_a_kind_is_still_itself(bound: SSotMockFactory) -> None:
    class tool:  # noqa: N801
        def other(self) -> None: ...

    double = bound.create_mock(tool)
    assert isinstance(double, tool)
    assert not isinstance(double, Tool)


def test_an_interface_for_no_kind_is_refused(bound: SSotMockFactory) -> None:
    with pytest.raises(ValueError, match="no kind of double 'agnet'; did you mean 'agent'"):
        SSotMockFactory(interfaces={"agnet": Agent})
    with pytest.raises(TypeError, match="the interface of 'agent' is a class, not 'Agent'"):
        SSotMockFactory(interfaces={"agent": "Agent"})  # type: ignore[dict-item]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project that binds its own agent."""
    (tmp_path / "project_agents.py").write_text("class Agent:\n    async def execute(self, task): ...\n")
    (tmp_path / "pyproject.toml").write_text('[tool.goldenpath.interfaces]\nagent = "project_agents:Agent"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_what_pyproject_binds_is_what_a_kind_is_compiled_from(project: Path) -> None:
    factory = SSotMockFactory()
    assert "project_agents" not in sys.modules
    agent = factory.create_agent_mock()
    assert isinstance(agent, sys.modules["project_agents"].Agent)
    assert factory.create_tool_mock().name == "test_tool"
    report = verify_doubles()
    assert report.compared == ("agent",)
    assert "agent.get_capabilities: missing-member" in str(report)
    del sys.modules["project_agents"]


def test_a_binding_that_cannot_be_followed_names_its_line(project: Path) -> None:
    table = project / "pyproject.toml"
    table.write_text('[tool.goldenpath.interfaces]\ntool = "nowhere:Tool"\n')
    factory = SSotMockFactory()
    assert factory.create_agent_mock().agent_type == "supervisor"
    with pytest.raises(ValueError, match=r"pyproject\.toml:2: tool = .nowhere:Tool.: there is no module 'nowhere'"):
        factory.create_tool_mock()
    table.write_text('[tool.goldenpath.interfaces]\ntol = "nowhere:Tool"\n')
    with pytest.raises(ValueError, match="there is no kind 'tol'; did you mean 'tool'"):
        SSotMockFactory().create_tool_mock()


def test_scripting_something_else_is_refused(bound: SSotMockFactory) -> None:
    for wrong in (object(), bound.create_tool_mock()):
        with pytest.raises(TypeError, match="expected a websocket double of the factory, not"):
            client_of(wrong)
