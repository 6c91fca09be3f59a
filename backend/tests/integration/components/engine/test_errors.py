"""What fails for one user fails for him alone, is told to him alone, and is mended where it can be."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import psycopg
import pytest

from agent_backend.context import Permission
from agent_backend.execution import FaultPoint
from agent_backend.storage import Claim, RunState, StoreUnavailable
from goldenpath import GOLDEN_PATH

pytestmark = pytest.mark.asyncio

OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class LostConnections:
    """Has the server end every connection once, when a step has its result and before it is stored."""

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.ended = 0

    async def reached(self, point: FaultPoint, detail: str = "") -> None:
        if point is FaultPoint.STEP_WORKED and not self.ended:
            async with await psycopg.AsyncConnection.connect(self.database_url) as connection:
                self.ended = (await connection.execute(OTHERS)).rowcount


async def test_what_one_user_may_not_do_fails_for_him_and_is_named_in_his_report(desk: Any) -> None:
    barred, free = await desk.instance.found(), await desk.instance.found()
    for owner in (barred, free):
        await desk.instance.spend(owner, large="3")
    claims = [await desk.claim(barred, permissions={Permission.CHAT}), await desk.claim(free)]
    reports = await asyncio.gather(
        *(desk.engine(claim.context.principal).execute(claim, desk.supervisor) for claim in claims)
    )
    assert [report.state for report in reports] == [RunState.COMPLETED] * 2
    answers = [
        (await desk.told(claim.context.principal, claim.context.run_id))[-1]["payload"]["result"] for claim in claims
    ]
    assert "What the records hold could not be checked." in answers[0]["caveats"]
    assert "cost" not in answers[0]
    assert answers[1]["cost"] == "3.000000000"
    assert not any("could not" in caveat for caveat in answers[1]["caveats"])


async def test_a_run_that_fails_is_isolated_from_those_beside_it(desk: Any) -> None:
    owner, other = await desk.instance.found(), await desk.instance.found()
    engines = {owner: desk.engine(owner), other: desk.engine(other)}
    claims = [await desk.claim(user) for user in (owner, owner, other)]
    workflows = [desk.broken("no"), desk.totals(), desk.totals()]
    reports = await asyncio.gather(
        *(
            engines[claim.context.principal].execute(claim, workflow)
            for claim, workflow in zip(claims, workflows, strict=True)
        )
    )
    assert [report.state for report in reports] == [RunState.FAILED, RunState.COMPLETED, RunState.COMPLETED]
    for claim in claims:
        report = GOLDEN_PATH.check(await desk.told(claim.context.principal, claim.context.run_id))
        assert report.ok, report.explain()
    again = await desk.claim(owner)
    assert (await engines[owner].execute(again, desk.totals())).state is RunState.COMPLETED


async def test_a_run_whose_connections_were_cut_is_let_go_of_and_recovered_by_the_next_claim(desk: Any) -> None:
    owner = await desk.instance.found()
    await desk.instance.spend(owner, large="5")
    context = await desk.admit(owner)
    fault = LostConnections(desk.instance.database_url)
    first = await desk.engine(owner, faults=fault).execute(await desk.take(context, "one"), desk.totals())
    assert fault.ended > 0
    assert first.state is None
    again = first
    while again.state is None:
        again = await desk.engine(owner).execute(await taken(desk, context), desk.totals())
    assert again.state is RunState.COMPLETED
    told = await desk.told(owner, context.run_id)
    report = GOLDEN_PATH.check(told)
    assert report.ok, report.explain()
    assert told[-1]["payload"]["result"]["cost"] == "5.000000000"


async def taken(desk: Any, context: Any) -> Claim:
    """The pool may have more of the connections that were cut; a worker tries again as well."""
    while True:
        try:
            return await desk.take(context, "two")
        except StoreUnavailable:
            continue


async def test_an_error_is_reported_to_its_user_only_and_its_cause_to_the_log_only(
    desk: Any, caplog: pytest.LogCaptureFixture
) -> None:
    owner = await desk.instance.found()
    colleague, stranger = await desk.instance.colleague(owner), await desk.instance.found()
    secret = "the cause that no client may read"
    async with (
        desk.instance.client(owner) as own,
        desk.instance.client(colleague) as beside,
        desk.instance.client(stranger) as apart,
    ):
        with caplog.at_level(logging.INFO):
            failing = await desk.claim(owner)
            assert (await desk.engine(owner).execute(failing, desk.broken(secret))).state is RunState.FAILED
        error = await own.wait_for_event("agent_error")
        for user, client in ((colleague, beside), (stranger, apart)):
            await desk.engine(user).execute(await desk.claim(user), desk.totals())
            await client.wait_for_event("agent_completed")
        frames = [str(frame) for client in (own, beside, apart) for frame in client.frames]
        assert failing.context.run_id not in str([*beside.frames, *apart.frames])
    assert (error["payload"]["code"], error["payload"]["retryable"]) == ("internal_error", True)
    assert not any(secret in frame for frame in frames)
    assert secret in caplog.text
    assert f"{failing.context.run_id} failed" in caplog.text
    assert colleague.user_id not in caplog.text
    assert stranger.tenant_id not in caplog.text
