from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from inspect import signature
from typing import Any

import pytest

from agent_backend.context import Principal, UserExecutionContext
from agent_backend.events import Event
from agent_backend.realtime import (
    AgentWebSocketBridge,
    Delivery,
    ForeignRun,
    UnifiedWebSocketEmitter,
    UnifiedWebSocketManager,
)
from goldenpath import GOLDEN_PATH

EVENTS = ["agent_started", "agent_thinking", "tool_executing", "tool_completed", "agent_completed", "agent_error"]


@pytest.fixture
def manager(clock: Any) -> UnifiedWebSocketManager:
    return UnifiedWebSocketManager(clock)


@pytest.fixture
def record() -> Callable[[Event], Awaitable[Event]]:
    """Numbers events as the log does."""
    count = 0

    async def numbered(event: Event) -> Event:
        nonlocal count
        count += 1
        return event.numbered(count)

    return numbered


@pytest.fixture
def emitter_of(manager: UnifiedWebSocketManager, record: Any, clock: Any) -> Callable[..., UnifiedWebSocketEmitter]:
    def make(owner: Principal, thread_id: str) -> UnifiedWebSocketEmitter:
        return UnifiedWebSocketEmitter(owner, thread_id, manager, record, clock.now)

    return make


@pytest.mark.asyncio
async def test_a_bridge_tells_its_user_the_whole_story_and_says_that_it_was_delivered(
    manager: UnifiedWebSocketManager, emitter_of: Any, open_socket: Any, new_context: Any
) -> None:
    context: UserExecutionContext = new_context()
    socket, peer = await open_socket(context.principal)
    manager.add(context.principal, socket)
    bridge = AgentWebSocketBridge(context, emitter_of(context.principal, context.thread_id))
    run, agent = context.run_id, "advisor"
    deliveries = [
        await bridge.notify_agent_started(run, agent, "task"),
        await bridge.notify_agent_thinking(run, agent, "hm", 1, 0.5),
        await bridge.notify_tool_executing(run, agent, "sum", {"by": "team"}, "tcl_1"),
        await bridge.notify_tool_completed(run, agent, "sum", 3, "tcl_1", 1, True),
        await bridge.notify_agent_completed(run, agent, {"text": "done"}, 9),
    ]
    assert deliveries == [Delivery(delivered=1)] * 5
    frames = [json.loads(text) for text in peer.texts()][1:]
    assert [frame["type"] for frame in frames] == EVENTS[:5]
    assert GOLDEN_PATH.check(frames).ok


@pytest.mark.asyncio
async def test_an_emitter_reaches_nobody_but_its_user(
    manager: UnifiedWebSocketManager, emitter_of: Any, open_socket: Any, new_context: Any
) -> None:
    ada, bob = new_context(), new_context()
    socket, peer = await open_socket(bob.principal)
    manager.add(bob.principal, socket)
    assert await emitter_of(ada.principal, ada.thread_id).emit_agent_started(ada.run_id, "a") == Delivery()
    await socket.drained(10)
    assert len(peer.texts()) == 1


@pytest.mark.asyncio
async def test_what_was_not_recorded_is_not_sent(
    manager: UnifiedWebSocketManager, open_socket: Any, new_context: Any, clock: Any
) -> None:
    context = new_context()
    socket, peer = await open_socket(context.principal)
    manager.add(context.principal, socket)

    async def broken(_: Event) -> Event:
        raise ZeroDivisionError

    emitter = UnifiedWebSocketEmitter(context.principal, context.thread_id, manager, broken, clock.now)
    with pytest.raises(ZeroDivisionError):
        await emitter.emit_agent_error(context.run_id, "a", "why")
    await socket.drained(10)
    assert len(peer.texts()) == 1


@pytest.mark.asyncio
async def test_a_bridge_carries_nothing_for_another_run_or_user(emitter_of: Any, new_context: Any) -> None:
    context, other = new_context(), new_context()
    bridge = AgentWebSocketBridge(context, emitter_of(context.principal, context.thread_id))
    with pytest.raises(ForeignRun):
        await bridge.notify_agent_started(other.run_id, "a")
    with pytest.raises(ForeignRun):
        AgentWebSocketBridge(context, emitter_of(other.principal, context.thread_id))


@pytest.mark.parametrize("event", EVENTS)
def test_emitter_and_bridge_take_the_same_arguments_in_the_same_order(event: str) -> None:
    emit = signature(getattr(UnifiedWebSocketEmitter, f"emit_{event}"))
    notify = signature(getattr(AgentWebSocketBridge, f"notify_{event}"))
    assert list(emit.parameters)[:3] == ["self", "run_id", "agent_name"]
    assert emit == notify
