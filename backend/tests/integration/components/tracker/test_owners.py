"""Whose executions they are, what they are called, and what happens when many threads touch them at once."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from agent_backend.context import InvalidContextError, Kind
from agent_backend.execution import (
    AgentExecutionTracker,
    Execution,
    ExecutionState,
    IllegalTransition,
    Phase,
    Tier,
    get_execution_tracker,
)

from ..assembly import Assembly

pytestmark = pytest.mark.asyncio


async def test_users_are_isolated_even_within_one_tenant(service: Assembly) -> None:
    ada = await service.user()
    bob, eve = await service.user(colleague=ada), await service.user()
    users = [ada, bob, eve]
    async with service.agents_held():
        for number, user in enumerate(users):
            await user.ask(f"What do we spend, {number}?")
        runs = [await user.begun(f"What do we spend, {number}?") for number, user in enumerate(users)]
        for user, run_id in zip(users, runs, strict=True):
            [execution] = service.tracker.active(user.principal)
            assert execution.context.run_id == run_id
        assert len(service.tracker.active()) == 3
    for user, run_id in zip(users, runs, strict=True):
        await user.ended(run_id)
        await service.settled(run_id)
        assert [each.context.run_id for each in service.tracker.history(user.principal)] == [run_id]


async def test_one_users_death_is_no_other_users(service: Assembly) -> None:
    ada, bob = await service.user(), await service.user()
    tracker = service.tracker
    of_ada = tracker.create(service.context(ada), "supervisor")
    service.clock.leap(seconds=30)
    of_bob = tracker.create(service.context(bob), "supervisor")
    service.clock.leap(seconds=30)
    tracker.check()
    assert [each.id for each in tracker.active(bob.principal)] == [of_bob]
    assert tracker.get(of_ada).state is ExecutionState.DEAD
    assert tracker.active(ada.principal) == tracker.history(bob.principal) == []


async def test_concurrent_updates_of_many_executions_lose_none(service: Assembly) -> None:
    ada, tracker = await service.user(), service.tracker
    seen: list[str] = []
    tracker.on_phase(lambda execution: seen.append(execution.id))

    def live(number: int) -> str:
        execution = tracker.create(service.context(ada), f"agent {number}")
        for state in (ExecutionState.STARTING, ExecutionState.RUNNING):
            tracker.move(execution, state)
        tracker.enter(execution, Phase.PREPARING)
        tracker.heartbeat(execution)
        tracker.move(execution, ExecutionState.FAILED if number % 2 else ExecutionState.CANCELLED)
        return execution

    with ThreadPoolExecutor(8) as threads:
        made = await asyncio.gather(
            *(asyncio.get_running_loop().run_in_executor(threads, live, number) for number in range(200))
        )
    assert len(set(made)) == len(set(seen)) == len(tracker.history(ada.principal)) == 200
    metrics = tracker.metrics()
    assert (metrics["failed"], metrics["cancelled"], metrics["active"]) == (100.0, 100.0, 0.0)


async def test_of_many_racers_for_the_end_of_an_execution_one_wins_and_one_end_is_told(service: Assembly) -> None:
    ada, tracker = await service.user(), service.tracker
    deaths: list[Execution] = []
    tracker.on_death(deaths.append)
    execution = tracker.create(service.context(ada), "supervisor")
    ends = [ExecutionState.TIMEOUT, ExecutionState.DEAD, ExecutionState.FAILED, ExecutionState.CANCELLED] * 4
    together = threading.Barrier(len(ends))

    def end(state: ExecutionState) -> ExecutionState | None:
        together.wait(60)
        try:
            return tracker.move(execution, state).state
        except IllegalTransition:
            return None

    with ThreadPoolExecutor(len(ends)) as threads:
        loop = asyncio.get_running_loop()
        won = await asyncio.gather(*(loop.run_in_executor(threads, end, state) for state in ends))
    [winner] = [state for state in won if state is not None]
    assert tracker.get(execution).state is winner
    assert [each.state for each in deaths] == [winner] * (winner in {ExecutionState.TIMEOUT, ExecutionState.DEAD})
    assert sum(tracker.metrics()[state.value] for state in set(ends)) == 1.0


async def test_the_race_of_a_cancellation_with_a_time_out_ends_the_run_once(service: Assembly) -> None:
    ada = await service.user()
    async with service.agents_held():
        await ada.ask("What do we spend?")
        run_id = await ada.begun("What do we spend?")
        service.clock.leap(minutes=2)
        await ada.client.send({"type": "cancel", "run": run_id})
        service.tracker.check()
        end = await ada.ended(run_id)
    assert end["payload"]["code"] in {"cancelled", "timeout"}
    ends = await service.query(
        "SELECT payload ->> 'code' FROM run_events WHERE run_id = %s AND type = 'agent_error'", run_id
    )
    assert ends == [(end["payload"]["code"],)]


async def test_ids_come_from_the_one_id_manager_and_sort_by_time(service: Assembly) -> None:
    ids, ada = service.services.ids, await service.user()
    before = ids.new(Kind.EXECUTION)
    made = [service.tracker.create(service.context(ada), "supervisor") for _ in range(3)]
    after = ids.new(Kind.EXECUTION)
    assert [before, *made, after] == sorted({before, *made, after})
    service.clock.leap(seconds=7)
    assert all(ids.age(ids.validate(each, Kind.EXECUTION), Kind.EXECUTION) >= timedelta(seconds=7) for each in made)


async def test_an_execution_is_created_with_its_full_context_and_a_broken_one_makes_none(service: Assembly) -> None:
    ada, tracker = await service.user(), service.tracker
    context = service.context(ada, metadata={"origin": "test"})
    execution = tracker.get(tracker.create(context, "supervisor", Tier.QUICK))
    assert execution.context is context
    assert (execution.context.principal, execution.context.metadata["origin"]) == (ada.principal, "test")
    assert (execution.agent_name, execution.limits, execution.phases) == (
        "supervisor",
        Tier.QUICK.value,
        (Phase.CREATED,),
    )
    with pytest.raises(InvalidContextError):
        tracker.create(service.context(ada, connection_id="not an id"), "supervisor")
    assert [each.id for each in tracker.active()] == [execution.id]


async def test_the_module_level_instance_is_one_for_the_process_and_not_the_services(service: Assembly) -> None:
    shared = get_execution_tracker()
    assert isinstance(shared, AgentExecutionTracker)
    with ThreadPoolExecutor(4) as threads:
        assert {id(each) for each in threads.map(lambda _: get_execution_tracker(), range(16))} == {id(shared)}
    ada = await service.user()
    execution = shared.create(service.context(ada), "supervisor")
    assert service.tracker.active(ada.principal) == []
    assert shared.move(execution, ExecutionState.CANCELLED).state is ExecutionState.CANCELLED
    assert shared.forget_ended() == 1
