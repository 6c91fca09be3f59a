"""Many runs at once: of many users, on several threads, one run in two hands, and more than may be at once."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from agent_backend.execution import ExecutionEngines, UserExecutionEngine
from agent_backend.storage import DatabaseManager, RunLog, RunState
from goldenpath import GOLDEN_PATH

pytestmark = pytest.mark.asyncio

USERS = 16


async def test_several_users_are_answered_at_once_each_with_his_own_figures(desk: Any) -> None:
    owners = [await desk.instance.found() for _ in range(USERS)]
    for number, owner in enumerate(owners):
        await desk.instance.spend(owner, large=f"{number}.25")
    claims = [await desk.claim(owner) for owner in owners]
    engines = ExecutionEngines(desk.parts)
    reports = await asyncio.gather(*(engines.execute(claim, desk.totals()) for claim in claims))
    assert {report.state for report in reports} == {RunState.COMPLETED}
    for number, (owner, claim) in enumerate(zip(owners, claims, strict=True)):
        told = await desk.told(owner, claim.context.run_id)
        assert told[-1]["payload"]["result"]["cost"].startswith(f"{number}.25")
        assert GOLDEN_PATH.check(told).ok
    assert engines.statistics()["users"] == USERS


async def test_engines_on_several_threads_share_registry_tracker_and_ids_safely(
    desk: Any,
) -> None:
    owners = [await desk.instance.found() for _ in range(4)]
    claims = {owner: [await desk.claim(owner) for _ in range(3)] for owner in owners}

    async def work(owner: Any) -> list[RunState | None]:
        database = await DatabaseManager.open(desk.instance.database_url, max_size=4)
        try:
            parts = replace(desk.parts, log=RunLog(database), deliver=lambda *_: None)
            engine = UserExecutionEngine(owner, parts)
            reports = await asyncio.gather(*(engine.execute(claim, desk.supervisor) for claim in claims[owner]))
            return [report.state for report in reports]
        finally:
            await database.close()

    with ThreadPoolExecutor(len(owners)) as threads:
        loop = asyncio.get_running_loop()
        ended = await asyncio.gather(
            *(loop.run_in_executor(threads, lambda owner=owner: asyncio.run(work(owner))) for owner in owners)
        )
    assert ended == [[RunState.COMPLETED] * 3] * 4
    for owner in owners:
        assert {each.state.value for each in desk.parts.tracker.history(owner)} == {"completed"}
        assert len(desk.parts.tracker.history(owner)) == 3


async def test_two_who_contend_for_one_run_bring_it_to_exactly_one_end(desk: Any, ssot_case: Any) -> None:
    owner = await desk.instance.found()
    context = await desk.admit(owner)
    async with desk.records_held():
        first = asyncio.create_task(desk.engine(owner).execute(await desk.take(context, "one"), desk.totals()))
        await ssot_case.wait_for_condition(
            lambda: desk.calls_begun(owner, context.run_id), timeout=60, message="the first came to no tool call"
        )
        second = asyncio.create_task(desk.engine(owner).execute(await desk.take(context, "two"), desk.totals()))
    assert ((await first).state, (await second).state) == (None, RunState.COMPLETED)
    told = await desk.told(owner, context.run_id)
    report = GOLDEN_PATH.check(told)
    assert report.ok, report.explain()
    assert [event["type"] for event in told].count("agent_completed") == 1
    assert (await desk.summary(owner, context.run_id)).state is RunState.COMPLETED


async def test_runs_beyond_the_limit_queue_and_are_worked_on_in_their_order(desk: Any, ssot_case: Any) -> None:
    owner = await desk.instance.found()
    claims = [await desk.claim(owner) for _ in range(5)]
    engine = desk.engine(owner, at_once=1)
    async with desk.records_held():
        running = [asyncio.create_task(engine.execute(claim, desk.totals())) for claim in claims]
        await ssot_case.wait_for_condition(lambda: len(engine.running) == 5, timeout=60)
        await ssot_case.wait_for_condition(
            lambda: desk.calls_begun(owner, claims[0].context.run_id), timeout=60, message="nothing began"
        )
        assert [each.context.run_id for each in desk.parts.tracker.active()] == [claims[0].context.run_id]
        assert [await desk.events(owner, claim.context.run_id) for claim in claims[1:]] == [[]] * 4
    assert [report.state for report in await asyncio.gather(*running)] == [RunState.COMPLETED] * 5
    assert [report.run_id for report in engine.history] == [claim.context.run_id for claim in claims]
