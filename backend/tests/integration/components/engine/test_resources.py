"""What a user costs the service while he has runs, and what is left of him afterwards."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
import weakref
from datetime import timedelta
from typing import Any

import pytest

from agent_backend.execution import ExecutionEngines, Limits
from agent_backend.storage import RunState
from goldenpath import GOLDEN_PATH

pytestmark = pytest.mark.asyncio

DAY = timedelta(days=1)
USERS = 24
MOST_BYTES_PER_USER = 64 * 1024


async def worked_for(desk: Any, engines: ExecutionEngines, users: int) -> None:
    owners = [await desk.instance.found() for _ in range(users)]
    claims = [await desk.claim(owner) for owner in owners]
    for claim in claims:
        assert (await engines.execute(claim, desk.totals())).state is RunState.COMPLETED


async def test_a_user_costs_a_bounded_amount_of_memory(desk: Any, test_metrics: Any) -> None:
    engines = ExecutionEngines(desk.parts)
    await worked_for(desk, engines, 4)
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await worked_for(desk, engines, USERS)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    test_metrics.record("bytes_per_user", (held - before) / USERS)
    assert engines.statistics()["users"] == USERS + 4
    assert (held - before) / USERS < MOST_BYTES_PER_USER


async def test_the_engines_of_users_who_are_gone_are_dropped_with_all_they_held(desk: Any) -> None:
    engines = ExecutionEngines(desk.parts, kept=2)
    gone = []
    for _ in range(5):
        claim = await desk.claim(await desk.instance.found())
        gone.append(weakref.ref(engines.of(claim.context.principal)))
        await engines.execute(claim, desk.totals())
        del claim
    gc.collect()
    assert [engine() is None for engine in gone] == [True, True, True, False, False]
    assert (engines.statistics()["users"], desk.parts.registry.health()["sessions"]) == (2, 2)
    await engines.cleanup()
    await engines.cleanup()
    gc.collect()
    assert [engine() for engine in gone] == [None] * 5
    assert desk.parts.registry.health() == {**desk.parts.registry.health(), "sessions": 0, "agents": 0, "runs": 0}


async def test_a_long_run_is_left_alone_within_its_time_and_ended_beyond_it(desk: Any) -> None:
    owner = await desk.instance.found()
    patient = desk.engine(owner, limits=Limits(DAY, DAY))
    impatient = desk.engine(owner, limits=Limits(timedelta(seconds=1), DAY))
    claims = [await desk.claim(owner), await desk.claim(owner)]
    async with desk.records_held():
        long = asyncio.create_task(patient.execute(claims[0], desk.totals()))
        ended = await impatient.execute(claims[1], desk.totals())
        assert not long.done()
    assert (ended.state, (await long).state) == (RunState.TIMEOUT, RunState.COMPLETED)
    told = await desk.told(owner, claims[1].context.run_id)
    assert (told[-1]["type"], told[-1]["payload"]["code"]) == ("agent_error", "timeout")
    assert [each.state.value for each in desk.parts.tracker.history(owner)] == ["timeout", "completed"]
    report = GOLDEN_PATH.check(await desk.told(owner, claims[0].context.run_id))
    assert report.ok, report.explain()


async def test_a_user_has_no_more_runs_at_work_than_the_limit_and_one_who_kills_is_given_up(
    desk: Any, ssot_case: Any
) -> None:
    owner = await desk.instance.found()
    engine = desk.engine(owner)
    limit = desk.parts.at_once
    claims = [await desk.claim(owner) for _ in range(limit + 3)]
    async with desk.records_held():
        running = [asyncio.create_task(engine.execute(claim, desk.totals())) for claim in claims]
        for claim in claims[:limit]:
            await ssot_case.wait_for_condition(
                lambda claim=claim: desk.calls_begun(owner, claim.context.run_id), timeout=60
            )
        assert len(engine.running) == limit + 3
        assert len(desk.parts.tracker.active(owner)) == limit
    assert {report.state for report in await asyncio.gather(*running)} == {RunState.COMPLETED}
    killer = await desk.admit(owner)
    for number in range(6):
        claim = await desk.take(killer, f"worker {number}")
    assert (await engine.execute(claim, desk.totals())).state is RunState.DEAD
    assert not await desk.calls_begun(owner, killer.run_id)
