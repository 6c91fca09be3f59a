"""What a workflow must keep whatever it is asked: one user's data only, the same answer twice, and its own rules."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from agent_backend.context import Kind
from goldenpath import TenantMatrix

from ..assembly import Assembly
from ..records import whole_data
from ..user import User
from .journeys import GOAL, steps

pytestmark = pytest.mark.asyncio


async def test_the_runs_of_two_users_are_isolated_while_both_are_worked_on(service: Assembly) -> None:
    ada = await service.user()
    bob = await service.user(colleague=ada)
    await ada.spend(whole_data())
    async with service.agents_held():
        await ada.ask(f"{GOAL} for Ada")
        await bob.ask(f"{GOAL} for Bob")
        runs = await ada.begun(f"{GOAL} for Ada"), await bob.begun(f"{GOAL} for Bob")
    ends = await ada.ended(runs[0]), await bob.ended(runs[1])
    for user, own in ((ada, ends[0]), (bob, ends[1])):
        heard = [event for event in user.client.received if event.get("run_id")]
        assert {event["run_id"] for event in heard} == {own["run_id"]}
        seen = [(await user.look(f"/api/threads/{end['thread_id']}/messages")).status_code for end in ends]
        assert sorted(seen) == [200, 404]
    assert ends[0]["payload"]["result"]["cost"] == ends[1]["payload"]["result"]["cost"]


async def test_the_same_question_on_the_same_data_is_answered_consistently(service: Assembly) -> None:
    ada = await service.user()
    bob = await service.user(colleague=ada)
    await ada.spend(whole_data())
    first, second = await ada.answered(GOAL), await bob.answered(GOAL)
    assert first["payload"]["result"] == second["payload"]["result"]
    assert await steps(service, first["run_id"]) == await steps(service, second["run_id"])
    assert first["run_id"] != second["run_id"]


@pytest.mark.parametrize("kind", [Kind.USER, Kind.TENANT], ids=lambda kind: kind.name)
async def test_the_compliance_rule_stops_a_run_that_holds_the_id_of_another(service: Assembly, kind: Kind) -> None:
    ada, eve = await service.user(), await service.user()
    foreign = eve.principal.user_id if kind is Kind.USER else eve.principal.tenant_id
    await ada.spend(whole_data(team=foreign))
    end = await ada.answered(f"{GOAL}, by team")
    assert (end["type"], end["payload"]["code"]) == ("agent_error", "internal_error")
    assert foreign not in json.dumps(dict(end))
    assert list(await steps(service, end["run_id"])) == ["triage", "optimization"]
    assert await service.query("SELECT state FROM runs WHERE id = %s", end["run_id"]) == [("failed",)]


async def test_the_own_ids_of_a_user_stop_nothing(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(whole_data(team=ada.principal.user_id))
    end = await ada.answered(f"{GOAL}, by team")
    assert (end["type"], end["payload"]["result"]["actions"][0]["teams"]) == (
        "agent_completed",
        [ada.principal.user_id],
    )


async def test_no_tenant_sees_anothers_marks_in_threads_answers_or_sockets(service: Assembly) -> None:
    @asynccontextmanager
    async def world(_: object) -> AsyncIterator[Assembly]:
        yield service

    async def log_in(actor: Any) -> User:
        user: User = await actor.world.user()
        await user.spend(whole_data(team=actor.token("team")))
        return user

    async def ask(actor: Any) -> str:
        question = f"{GOAL} for {actor.token('team')} by team {len(actor.session.client.received)}"
        return str((await actor.session.answered(question))["thread_id"])

    async def messages(actor: Any, thread_id: str) -> Any:
        return await actor.session.look(f"/api/threads/{thread_id}/messages")

    async def threads(actor: Any, _: object) -> Any:
        return (await actor.session.get("/api/threads"))["threads"]

    async def frames(actor: Any, _: object) -> list[Any]:
        return list(actor.session.client.frames)

    matrix = (
        TenantMatrix(world, log_in)
        .route("GET messages", act=ask, look=messages, unknown=service.services.ids.new(Kind.THREAD))
        .query("GET threads", act=ask, look=threads)
        .event("the socket", act=ask, look=frames)
    )
    report = await matrix.once()
    assert report.ok, report.explain()
