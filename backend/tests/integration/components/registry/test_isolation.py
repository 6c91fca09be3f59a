"""Every user has agents and tools of his own, and what is shared by mistake is found."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agent_backend.agents import ForeignContext, UnknownTool
from agent_backend.context import Kind, Permission, Principal
from goldenpath import Canary, LeakSearch, TenantMatrix

pytestmark = pytest.mark.asyncio


async def test_every_user_has_one_session_whichever_way_he_came(office: Any) -> None:
    ada, eve = await office.instance.found(), await office.instance.found()
    bob, registry = await office.instance.colleague(ada), office.registry
    sessions = [registry.session(user) for user in (ada, bob, eve, Principal(eve.tenant_id, ada.user_id))]
    assert len({id(session) for session in sessions}) == 4
    other_login = Principal(ada.tenant_id, ada.user_id, office.instance.services.ids.new(Kind.SESSION))
    assert registry.session(other_login) is registry.session(ada) is sessions[0]
    assert [registry.get(user) for user in (ada, bob)] == sessions[:2]
    agents = [session.agent("notebook", "thr_1") for session in sessions]
    assert len({id(agent) for agent in agents}) == 4


async def test_nothing_leaks_between_sixteen_users_who_work_at_once(office: Any) -> None:
    canaries = [Canary(f"tenant {number}") for number in range(16)]
    search, contexts = LeakSearch(*canaries), {}
    for canary in canaries:
        owner = await office.instance.found()
        await office.instance.spend(owner, **{canary.token("model"): "1"})
        contexts[canary] = office.context(owner)
    answers = await asyncio.gather(*(office.work(contexts[canary]) for canary in canaries for _ in range(3)))
    for canary, context in contexts.items():
        eyes = search.eyes_of(canary.tenant)
        agent = office.registry.session(context.principal).agent("notebook", context.thread_id)
        assert [page["rows"][0]["name"] for page in agent.pages] == [canary.token("model")] * 3
        eyes.value("what the agent remembers", agent.pages)
    for number, answer in enumerate(answers):
        search.eyes_of(canaries[number // 3].tenant).value("an answer", answer)
    search.report.require()


async def test_state_that_a_factory_shares_by_mistake_is_found_and_state_that_it_does_not_is_not(office: Any) -> None:
    shared = office.notebook()
    office.registry.register("contaminated", lambda: shared)

    def matrix_of(agent: str) -> TenantMatrix:
        @asynccontextmanager
        async def world(simulation: Any) -> Any:
            yield office

        async def log_in(actor: Any) -> Any:
            return office.context(await office.instance.found())

        async def work(actor: Any) -> None:
            owner = actor.session.principal
            await office.instance.spend(owner, **{actor.token("model"): "1"})
            await office.work(actor.session, agent)

        async def remembered(actor: Any, _: Any) -> Any:
            session = office.registry.session(actor.session.principal)
            return session.agent(agent, actor.session.thread_id).pages

        return TenantMatrix(world, log_in).query("what the agent remembers", act=work, look=remembered)

    clean, contaminated = await matrix_of("notebook").once(), await matrix_of("contaminated").once()
    assert clean.ok, clean.explain()
    assert contaminated.verdict == "failed"
    assert {leak.label for leak in contaminated.leaks} == {"model"}


async def test_the_boundary_of_a_session_is_enforced_for_foreign_runs_and_for_tools_that_are_not_permitted(
    office: Any,
) -> None:
    ada, eve = await office.instance.found(), await office.instance.found()
    bob = await office.instance.colleague(ada)
    session = office.registry.session(ada)
    for foreign in (eve, bob, Principal(eve.tenant_id, ada.user_id)):
        with pytest.raises(ForeignContext, match=ada.user_id) as refused:
            session.tools(office.context(foreign), office.watch())
        assert foreign.tenant_id not in str(refused.value).replace(ada.tenant_id, "")
    watch = office.watch()
    barred = session.tools(office.context(ada, permissions=frozenset({Permission.CHAT})), watch)
    with pytest.raises(UnknownTool, match="this run has none"):
        await barred.call("usage_totals", grouping="model")
    assert watch.calls == []
    await session.tools(office.context(ada), watch).call("usage_totals", grouping="model")
    assert watch.calls == [("usage_totals", True)]
