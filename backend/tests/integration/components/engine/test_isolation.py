"""Nothing of one user's runs is in another's, and no engine touches what is not its user's."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict, replace
from typing import Any

import pytest

from agent_backend.agents import ForeignContext
from agent_backend.context import Kind, Principal
from agent_backend.storage import RunState
from goldenpath import Canary, LeakSearch
from goldenpath.tenancy import listening

pytestmark = pytest.mark.asyncio


async def test_the_context_of_another_user_is_refused_before_anything_is_written(desk: Any) -> None:
    owner = await desk.instance.found()
    colleague, stranger = await desk.instance.colleague(owner), await desk.instance.found()
    namesake = Principal(stranger.tenant_id, owner.user_id)
    claim = await desk.claim(owner)
    for other in (colleague, stranger, namesake):
        engine = desk.engine(other)
        with pytest.raises(ForeignContext, match=other.user_id) as refused:
            await engine.execute(claim, desk.totals())
        assert claim.context.tenant_id not in str(refused.value)
        assert (engine.running, engine.history) == ([], [])
    assert await desk.events(owner, claim.context.run_id) == []
    assert (await desk.engine(owner).execute(claim, desk.totals())).state is RunState.COMPLETED


async def test_the_memory_of_one_users_engine_holds_nothing_of_another(desk: Any) -> None:
    canaries = {Canary("acme"): None, Canary("globex"): None}
    search, engines, claims = LeakSearch(*canaries), {}, {}
    with listening("agent_backend") as records:
        logging.getLogger("agent_backend").info("the runs begin")
        for canary in canaries:
            owner = await desk.instance.found()
            for label, value in asdict(owner).items():
                if label in {"tenant_id", "user_id"}:
                    canary.watch(label, value)
            await desk.instance.spend(owner, **{canary.token("model"): "1.25"})
            engines[canary] = desk.engine(owner)
            claims[canary] = await desk.claim(owner, f"What do we spend on {canary.token('question')}?")
        await asyncio.gather(*(engines[each].execute(claims[each], desk.supervisor) for each in canaries))
    for canary, engine in engines.items():
        eyes = search.eyes_of(canary.tenant)
        session = desk.parts.registry.get(engine.principal)
        eyes.value("history", [asdict(report) for report in engine.history])
        eyes.value("statistics", engine.statistics())
        eyes.value("session", {"owner": asdict(session.principal), **session.report()})
        eyes.value("executions", [vars_of(each) for each in desk.parts.tracker.history(engine.principal)])
        told = await desk.told(engine.principal, claims[canary].context.run_id)
        assert canary.token("model") in str(told[-1])
        eyes.frames("events", told)
    search.eyes_of().logs("the service's log", records)
    search.report.require()


def vars_of(execution: Any) -> dict[str, Any]:
    return {name: str(getattr(execution, name)) for name in type(execution).__slots__}


async def test_the_state_of_one_users_engine_is_moved_by_no_run_of_another(desk: Any) -> None:
    lucky, unlucky = await desk.instance.found(), await desk.instance.found()
    first, second = desk.engine(lucky), desk.engine(unlucky)
    claims = await desk.claim(lucky), await desk.claim(unlucky)
    await asyncio.gather(first.execute(claims[0], desk.totals()), second.execute(claims[1], desk.broken("no")))
    assert [(report.run_id, report.state) for report in first.history] == [
        (claims[0].context.run_id, RunState.COMPLETED)
    ]
    assert {key: value for key, value in first.statistics().items() if key != "mean_seconds"} == {
        "running": 0.0,
        "completed": 1.0,
    }
    assert "completed" not in second.statistics()
    assert [each.state.value for each in desk.parts.tracker.history(lucky)] == ["completed"]
    assert [each.state.value for each in desk.parts.tracker.history(unlucky)] == ["failed"]
    assert not first.cancel(claims[1].context.run_id)


async def test_the_clean_up_of_one_engine_leaves_the_runs_of_another_alone(desk: Any, ssot_case: Any) -> None:
    leaving, staying = await desk.instance.found(), await desk.instance.found()
    engines = [desk.engine(leaving), desk.engine(staying)]
    claims = [await desk.claim(leaving), await desk.claim(staying)]
    async with desk.records_held():
        runs = [
            asyncio.create_task(engine.execute(claim, desk.totals()))
            for engine, claim in zip(engines, claims, strict=True)
        ]
        await ssot_case.wait_for_condition(lambda: len(desk.parts.tracker.active()) == 2, timeout=60)
        await ssot_case.wait_for_condition(
            lambda: all(map(desk.parts.registry.get, (leaving, staying))), timeout=60, message="no sessions were made"
        )
        await engines[0].cleanup()
        await engines[0].cleanup()
        assert engines[0].running == []
        assert desk.parts.registry.get(leaving) is None
        assert desk.parts.registry.get(staying) is not None
        assert engines[1].running == [claims[1].context.run_id]
    with pytest.raises(asyncio.CancelledError):
        await runs[0]
    assert (await runs[1]).state is RunState.COMPLETED
    assert (await desk.summary(leaving, claims[0].context.run_id)).state is RunState.RUNNING
    again = await desk.take(claims[0].context, "two")
    assert (await desk.engine(leaving).execute(again, desk.totals())).state is RunState.COMPLETED
    foreign = replace(again, context=replace(again.context, user_id=desk.ids.new(Kind.USER)))
    with pytest.raises(ForeignContext):
        await engines[1].execute(foreign, desk.totals())
