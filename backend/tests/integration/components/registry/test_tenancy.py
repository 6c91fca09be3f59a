"""Tenants share the registry and nothing in it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from agent_backend.agents import ForeignContext
from goldenpath import TenantMatrix

pytestmark = pytest.mark.asyncio

ENDS = {"agent_completed", "agent_error"}


async def test_concurrent_users_of_several_tenants_are_each_served_in_a_session_of_their_own(
    instance: Any, ssot_case: Any
) -> None:
    owners = [await instance.found() for _ in range(3)]
    users = [user for owner in owners for user in (owner, await instance.colleague(owner))]
    for number, owner in enumerate(owners):
        await instance.spend(owner, large=f"{number + 1}.5")
    registry = instance.services.running.registry

    async def ask(user: Any) -> str:
        async with instance.client(user) as client:
            await client.send({"type": "ask", "thread_id": None, "text": "What do we spend?", "client_message_id": "m"})
            told = [event async for event in client.events_until(ENDS)]
            return told[-1]["payload"]["result"]["cost"]

    async with await psycopg.AsyncConnection.connect(instance.database_url) as connection:
        await connection.execute("LOCK TABLE usage_records IN ACCESS EXCLUSIVE MODE")
        asking = [asyncio.create_task(ask(user)) for user in users]
        await ssot_case.wait_for_condition(lambda: registry.health()["runs"] == len(users), timeout=60)
        assert len({id(registry.get(user)) for user in users}) == len(users)
    costs = await asyncio.gather(*asking)
    assert costs == [f"{number + 1}.500000000" for number in range(3) for _ in range(2)]
    await ssot_case.wait_for_condition(lambda: registry.health()["runs"] == 0, timeout=60)


async def test_customer_data_is_seen_by_the_tools_of_its_tenant_alone(office: Any) -> None:
    @asynccontextmanager
    async def world(simulation: Any) -> Any:
        yield office

    async def log_in(actor: Any) -> Any:
        return office.context(await office.instance.found())

    async def load(actor: Any) -> None:
        await office.instance.spend(actor.session.principal, **{actor.token("model"): "1"})

    async def totals(actor: Any, _: Any) -> Any:
        return await office.work(actor.session, "data")

    async def remembered(actor: Any, _: Any) -> Any:
        return await office.work(actor.session, "notebook")

    matrix = TenantMatrix(world, log_in)
    report = await (
        matrix.query("what the data agent finds", act=load, look=totals)
        .query("what an agent remembers", act=load, look=remembered)
        .once()
    )
    assert report.ok, report.explain()


async def test_the_boundary_of_execution_holds_between_every_two_of_the_users(office: Any) -> None:
    owners = [await office.instance.found() for _ in range(2)]
    users = [user for owner in owners for user in (owner, await office.instance.colleague(owner))]
    contexts = [office.context(user) for user in users]
    refused = 0
    for user in users:
        session = office.registry.session(user)
        for context in contexts:
            if context.principal == user:
                dispatcher = session.tools(context, office.watch())
                assert (await dispatcher.call("usage_totals", grouping="team"))["calls"] == 0
                continue
            with pytest.raises(ForeignContext):
                session.tools(context, office.watch())
            refused += 1
    assert refused == len(users) * (len(users) - 1)


async def test_the_clean_up_of_one_users_session_leaves_all_others_as_they_were(office: Any) -> None:
    contexts = [office.context(await office.instance.found()) for _ in range(4)]
    await asyncio.gather(*(office.work(context) for context in contexts))
    before = [office.registry.get(context.principal) for context in contexts]
    assert office.registry.remove(contexts[0].principal)
    after = [office.registry.get(context.principal) for context in contexts]
    assert after == [None, *before[1:]]
    assert before[0].report() == {"agents": 0, "runs": 0}
    for context in contexts[1:]:
        agent = office.registry.session(context.principal).agent("notebook", context.thread_id)
        assert len(agent.pages) == 1
    health = office.registry.health()
    assert (health["sessions"], health["agents"]) == (3, 3)
