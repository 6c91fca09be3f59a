from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from agent_backend.agents import Agent, AgentRegistry, ForeignContext, Toolbox, UnknownAgent, UnknownTool
from agent_backend.context import Kind, Permission, Principal, UnifiedIDManager, UserExecutionContext


class Heavy(Agent):
    agent_type = "heavy"

    def __init__(self) -> None:
        self.ballast = bytearray(20_000)

    def get_capabilities(self) -> list[str]:
        return []

    async def execute(self, task: Any, context: Any, progress: Any, tools: Any) -> dict[str, Any]:
        return {}


class Silent:
    async def tool_executing(self, *_: Any) -> None:
        return

    async def tool_completed(self, *_: Any, **__: Any) -> None:
        return


class Echo:
    def __init__(self, name: str) -> None:
        self.name = name

    def get_schema(self) -> dict[str, Any]:
        return {}

    async def execute(self, context: UserExecutionContext, **parameters: Any) -> dict[str, Any]:
        return {"user": context.user_id}


@pytest.fixture
def registry(clock: Any, ids: UnifiedIDManager) -> AgentRegistry:
    registry = AgentRegistry(clock, ids, Toolbox([Echo("open"), Echo("guarded")], {"guarded": Permission.READ_USAGE}))
    registry.register("heavy", Heavy)
    return registry


@pytest.fixture
def new_principal(ids: UnifiedIDManager) -> Callable[[], Principal]:
    return lambda: Principal(ids.new(Kind.TENANT), ids.new(Kind.USER))


def test_every_user_has_one_session_and_agents_of_his_own(
    registry: AgentRegistry, new_principal: Callable[[], Principal]
) -> None:
    ada, bob = new_principal(), new_principal()
    assert registry.session(ada) is registry.session(ada)
    assert registry.session(ada) is not registry.session(bob)
    assert registry.session(ada).agent("heavy", "thr_1") is registry.session(ada).agent("heavy", "thr_1")
    assert registry.session(ada).agent("heavy", "thr_1") is not registry.session(ada).agent("heavy", "thr_2")
    assert registry.session(ada).agent("heavy", "thr_1") is not registry.session(bob).agent("heavy", "thr_1")


def test_the_same_user_id_in_another_tenant_is_another_user(registry: AgentRegistry, ids: UnifiedIDManager) -> None:
    user = ids.new(Kind.USER)
    one, other = Principal(ids.new(Kind.TENANT), user), Principal(ids.new(Kind.TENANT), user)
    assert registry.session(one) is not registry.session(other)


def test_an_unknown_agent_is_an_error_that_names_the_known(
    registry: AgentRegistry, new_principal: Callable[[], Principal]
) -> None:
    registry.register("advisor", Heavy)
    with pytest.raises(UnknownAgent, match=r"no agent 'heavier'; registered: advisor, heavy"):
        registry.session(new_principal()).agent("heavier", "thr_1")


def test_a_name_is_registered_once(registry: AgentRegistry) -> None:
    with pytest.raises(ValueError, match="'heavy' is registered already"):
        registry.register("heavy", Heavy)
    assert registry.names == ["heavy"]


@pytest.mark.asyncio
async def test_a_user_has_the_tools_that_his_permissions_allow(
    registry: AgentRegistry, new_context: Callable[..., UserExecutionContext]
) -> None:
    context = new_context(permissions=frozenset({Permission.READ_USAGE}))
    tools = registry.session(context.principal).tools(context, Silent())
    assert await tools.call("guarded") == {"user": context.user_id}
    poor = new_context()
    tools = registry.session(poor.principal).tools(poor, Silent())
    assert await tools.call("open") == {"user": poor.user_id}
    with pytest.raises(UnknownTool, match=r"this run has open$"):
        await tools.call("guarded")


def test_a_session_works_for_nobody_else(
    registry: AgentRegistry, new_context: Callable[..., UserExecutionContext]
) -> None:
    with pytest.raises(ForeignContext):
        registry.session(new_context().principal).tools(new_context(), Silent())


def test_the_bridge_of_a_run_is_kept_while_it_lasts(
    registry: AgentRegistry, new_principal: Callable[[], Principal]
) -> None:
    session, bridge = registry.session(new_principal()), object()
    session.associate("run_1", bridge)
    assert session.bridge("run_1") is bridge
    session.end_run("run_1")
    session.end_run("run_1")
    assert session.bridge("run_1") is None


def test_what_a_session_holds_goes_with_its_thread_its_reset_and_its_end(
    registry: AgentRegistry, new_principal: Callable[[], Principal]
) -> None:
    ada = new_principal()
    session = registry.session(ada)
    for thread in ("thr_1", "thr_2"):
        session.agent("heavy", thread)
    session.end_thread("thr_1")
    assert registry.health() == {"registered": ["heavy"], "sessions": 1, "agents": 1, "runs": 0}
    session.reset()
    assert session.report() == {"agents": 0, "runs": 0}
    assert [registry.remove(ada), registry.remove(ada)] == [True, False]
    assert registry.get(ada) is None


def test_a_session_that_was_ended_holds_nothing_even_for_those_who_still_hold_it(
    registry: AgentRegistry, new_principal: Callable[[], Principal]
) -> None:
    removed, cleaned_up = new_principal(), new_principal()
    sessions = [registry.session(owner) for owner in (removed, cleaned_up)]
    for session in sessions:
        session.agent("heavy", "thr_1")
        session.associate("run_1", object())
    assert registry.remove(removed)
    assert registry.cleanup() == 1
    assert [session.report() for session in sessions] == [{"agents": 0, "runs": 0}] * 2


def test_cleaning_up_ends_every_session_and_may_be_repeated(
    registry: AgentRegistry, new_principal: Callable[[], Principal]
) -> None:
    for _ in range(3):
        registry.session(new_principal()).agent("heavy", "thr_1")
    assert [registry.cleanup(), registry.cleanup()] == [3, 0]
    assert registry.health()["agents"] == 0


def test_memory_is_given_back_after_the_clean_up(
    registry: AgentRegistry, new_principal: Callable[[], Principal]
) -> None:
    principals = [new_principal() for _ in range(50)]
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for principal in principals:
            registry.session(principal).agent("heavy", "thr_1")
        held, _ = tracemalloc.get_traced_memory()
        registry.cleanup()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held - before > 50 * 20_000
    assert (held - after) / (held - before) > 0.8


def test_sessions_asked_for_by_many_threads_are_made_once(
    registry: AgentRegistry, new_principal: Callable[[], Principal]
) -> None:
    ada = new_principal()
    with ThreadPoolExecutor(8) as threads:
        sessions = list(threads.map(lambda _: registry.session(ada), range(200)))
    assert len({id(session) for session in sessions}) == 1
