"""Many users, many questions of one user, and one long conversation."""

from __future__ import annotations

import asyncio

import pytest

from ..assembly import Assemble, Assembly
from ..records import whole_data
from ..user import Told, User
from .journeys import GOAL, SPEND

pytestmark = pytest.mark.asyncio


async def asked(user: User, questions: list[str]) -> list[Told]:
    """Ask all of it at once, each in a thread of its own, and wait for every end."""
    for question in questions:
        await user.ask(question)
    return [await user.ended(await user.begun(question)) for question in questions]


async def test_under_load_every_question_of_every_user_is_answered_once_and_in_order(service: Assembly) -> None:
    users = [await service.user() for _ in range(6)]
    for number, user in enumerate(users):
        await user.spend(whole_data(team=f"team {number}"))
    questions = [f"{GOAL} by team, {number}" for number in range(4)]
    ends = await asyncio.gather(*(asked(user, questions) for user in users))
    for number, (user, own) in enumerate(zip(users, ends, strict=True)):
        assert {end["type"] for end in own} == {"agent_completed"}
        assert {action["teams"][0] for end in own for action in end["payload"]["result"]["actions"]} == {
            f"team {number}"
        }
        heard = [event for event in user.client.received if event.get("run_id")]
        assert {event["run_id"] for event in heard} == {end["run_id"] for end in own}
        for end in own:
            assert [event["seq"] for event in user.story(end["run_id"])] == [*range(1, end["seq"] + 1)]
    [(runs, completed)] = await service.query("SELECT count(*), count(*) FILTER (WHERE state = 'completed') FROM runs")
    assert runs == completed == 24


async def test_of_one_users_concurrent_questions_four_are_worked_on_and_the_others_wait_their_turn(
    service: Assembly,
) -> None:
    ada = await service.user()
    await ada.spend(whole_data())
    questions = [f"{SPEND} {number}" for number in range(6)]
    engine = service.services.running.engines.of(ada.principal)
    worked_on: set[int] = set()
    service.tracker.on_phase(lambda _: worked_on.add(len(service.tracker.active(ada.principal))))

    def all_taken() -> bool:
        return len(engine.running) == 6 and len(service.tracker.active(ada.principal)) == 4

    async with service.agents_held():
        for question in questions:
            await ada.ask(question)
        assert await service.until(all_taken)
    ends = [await ada.ended(await ada.begun(question)) for question in questions]
    assert {end["type"] for end in ends} == {"agent_completed"}
    for end in ends:
        await service.settled(end["run_id"])
    assert max(worked_on) == 4
    assert service.tracker.metrics()["completed"] == 6.0


async def test_a_long_conversation_is_answered_in_order_and_nothing_of_it_stays_behind(assemble: Assemble) -> None:
    async with assemble(AGENTS_QUESTIONS_WAITING="20") as service:
        ada = await service.user()
        await ada.spend(whole_data())
        questions = [f"{SPEND} {number}" for number in range(15)]
        async with service.agents_held():
            await ada.ask(questions[0])
            started = await ada.told(lambda event: event["type"] == "agent_started")
            for question in questions[1:]:
                await ada.ask(question, started["thread_id"])
        runs = [await ada.begun(question) for question in questions]
        for run_id in runs:
            assert (await ada.ended(run_id))["type"] == "agent_completed"
            await service.settled(run_id)
        heard = [event["run_id"] for event in ada.client.received if event.get("run_id")]
        assert [run_id for run_id, before in zip(heard, ["", *heard], strict=False) if run_id != before] == runs
        kept = (await ada.get(f"/api/threads/{started['thread_id']}/messages"))["messages"]
        assert [message["content"] for message in kept if message["role"] == "user"] == questions
        assert len(kept) == 30
        registry = service.services.running.registry
        assert await service.until(lambda: registry.health()["runs"] == 0)
        assert service.tracker.active() == []
