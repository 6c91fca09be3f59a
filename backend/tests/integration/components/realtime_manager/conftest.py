"""Events as the log numbers them, and several sockets of one user."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from agent_backend.context import Kind, Principal
from agent_backend.events import Event, RunEvents

from ..instances import Instance, instance, listener_only, new_clone, start_instance
from ..logged_run import logged_run

FIXTURES = (instance, listener_only, logged_run, new_clone, start_instance)
"""Those that all suites share."""


@pytest.fixture(scope="session")
def story() -> Callable[..., list[Event]]:
    """Makes the numbered events of a run."""

    def make(instance: Instance, thoughts: int = 3, text: str = "hm") -> list[Event]:
        new = instance.services.ids.new
        events = RunEvents(run_id=new(Kind.RUN), thread_id=new(Kind.THREAD), epoch=1, now=instance.services.clock.now)
        told = [events.agent_started("advisor", text)]
        told += [events.agent_thinking("advisor", text, 1, 0.0) for _ in range(thoughts)]
        told += [events.tool_executing("advisor", "sum", {}, "tcl_1")]
        told += [events.tool_completed("advisor", "sum", {"sum": 1}, "tcl_1", 1, True)]
        told += [events.agent_completed("advisor", {"text": text}, 1)]
        return [event.numbered(seq) for seq, event in enumerate(told, 1)]

    return make


@pytest.fixture(scope="session")
def tabs() -> Callable[..., AbstractAsyncContextManager[list[Any]]]:
    """Opens several sockets of one user."""

    @asynccontextmanager
    async def opened(instance: Instance, owner: Principal, count: int = 2, **options: Any) -> AsyncIterator[list[Any]]:
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(instance.client(owner, **options)) for _ in range(count)]

    return opened
