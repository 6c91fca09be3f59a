"""The factory on the reference backend's own classes, which check their ids strictly."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from agent_backend.agents.agent import Agent
from agent_backend.context import InvalidContextError, Kind, SystemClock, UnifiedIDManager, UserExecutionContext
from goldenpath.contracts import GOLDEN_PATH
from goldenpath.doubles import SSotMockFactory

ids = UnifiedIDManager(SystemClock())


def new_id(field: str) -> str:
    """A new id of the kind a field holds."""
    return ids.new(Kind[field.removesuffix("_id").upper()])


@pytest.fixture
def strict() -> SSotMockFactory:
    return SSotMockFactory(interfaces={"user_context": UserExecutionContext}, new_id=new_id)


def test_its_context_is_built_validated_frozen_and_spied(strict: SSotMockFactory) -> None:
    user, thread = new_id("user_id"), new_id("thread_id")
    context: Any = strict.create_isolated_execution_context(user, thread)
    assert isinstance(context, UserExecutionContext)
    assert (context.user_id, context.principal.user_id, context.thread_id) == (user, user, thread)
    with pytest.raises(FrozenInstanceError):
        context.user_id = new_id("user_id")
    context.note = "free"
    context.set_state("step", 3)
    context.set_state.assert_called_once_with("step", 3)
    assert strict.create_isolated_execution_context(user, thread).run_id != context.run_id


def test_an_id_of_the_wrong_kind_is_refused_by_the_real_class(strict: SSotMockFactory) -> None:
    with pytest.raises(InvalidContextError, match="user_id"):
        strict.create_mock_user_context(user_id=new_id("thread_id"), thread_id=new_id("thread_id"))


@pytest.mark.asyncio
async def test_its_agent_is_called_as_the_engine_calls_it_and_streams() -> None:
    factory = SSotMockFactory(interfaces={"agent": Agent})
    bridge = factory.create_mock_agent_websocket_bridge("ada", "run-1")
    agent = factory.create_agent_mock("triage", events_to=bridge)
    assert isinstance(agent, Agent)
    with pytest.raises(TypeError, match=r"Agent\.execute.*tools"):
        agent.execute("task", None, None)
    answer = await agent.execute("task", None, None, tools=None)
    assert answer["status"] == "completed"
    assert GOLDEN_PATH.check(bridge.get_events()).ok
    assert "data_analysis" in agent.get_capabilities()
