"""Time-outs and silence: by what they are decided, who notices, and what the user hears."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from agent_backend.execution import Execution, ExecutionState, Limits, Tier

from ..assembly import Assemble, Assembly

pytestmark = pytest.mark.asyncio


async def test_the_time_out_is_configured_by_the_tier(service: Assembly) -> None:
    context, tracker = service.context(await service.user()), service.tracker
    wholes = []
    for tier in Tier:
        execution = tracker.create(context, "supervisor", tier)
        wholes.append(tier.value.whole)
        service.clock.leap(seconds=tier.value.whole.total_seconds() - 0.001)
        assert tracker.heartbeat(execution).limits == tier.value
        assert tracker.check() == []
        service.clock.leap(seconds=0.001)
        assert [(each.id, each.state) for each in tracker.check()] == [(execution, ExecutionState.TIMEOUT)]
        assert tier.value.silence < tier.value.whole
    assert wholes == sorted(set(wholes))


async def test_a_heartbeat_keeps_alive_and_silence_is_detected_as_death(service: Assembly) -> None:
    tracker, clock = service.tracker, service.clock
    deaths: list[Execution] = []
    tracker.on_death(deaths.append)
    execution = tracker.create(service.context(await service.user()), "supervisor")
    for _ in range(2):
        clock.leap(seconds=50)
        tracker.heartbeat(execution)
        assert tracker.check() == []
    other = tracker.create(service.context(await service.user()), "supervisor", Tier.PATIENT)
    clock.leap(minutes=3)
    tracker.check()
    assert {(each.id, each.state) for each in deaths} == {
        (execution, ExecutionState.TIMEOUT),
        (other, ExecutionState.DEAD),
    }
    assert tracker.get(other).error == "gave no sign of life for 0:03:00"
    tracker.check()
    assert len(deaths) == 2


async def test_the_services_own_monitor_finds_the_dead_in_the_background(service: Assembly) -> None:
    died: asyncio.Future[Execution] = asyncio.get_running_loop().create_future()
    service.tracker.on_death(died.set_result)
    execution = service.tracker.create(service.context(await service.user()), "supervisor", Tier.PATIENT)
    service.clock.leap(minutes=3)
    dead = await asyncio.wait_for(died, 60)
    assert (dead.id, dead.state) == (execution, ExecutionState.DEAD)


async def test_a_silent_run_is_ended_and_its_user_hears_that_the_agent_died(service: Assembly) -> None:
    ada = await service.user()
    async with service.agents_held():
        await ada.ask("What do we spend?")
        run_id = await ada.begun("What do we spend?")
        await ada.told(lambda event: event["type"] == "tool_executing")
        service.clock.leap(seconds=61)
        end = await ada.ended(run_id)
    assert (end["type"], end["payload"]["code"], end["payload"]["retryable"]) == ("agent_error", "agent_dead", True)
    assert (await service.settled(run_id)).state is ExecutionState.DEAD
    assert await service.query("SELECT state FROM runs WHERE id = %s", run_id) == [("dead",)]


async def test_a_run_past_its_time_out_is_ended_and_its_user_hears_of_it(assemble: Assemble) -> None:
    async with assemble(AGENTS_TIMEOUT_SECONDS="40") as service:
        ada = await service.user()
        async with service.agents_held():
            await ada.ask("What do we spend?")
            run_id = await ada.begun("What do we spend?")
            service.clock.leap(seconds=40)
            end = await ada.ended(run_id)
        assert (end["type"], end["payload"]["code"]) == ("agent_error", "timeout")
        assert (await service.settled(run_id)).error == "took longer than 0:00:40"
        assert await service.query("SELECT state FROM runs WHERE id = %s", run_id) == [("timeout",)]


async def test_steady_heartbeats_do_not_save_a_run_past_its_time_out(service: Assembly) -> None:
    ada, tracker = await service.user(), service.tracker
    async with service.agents_held():
        await ada.ask("What do we spend?")
        run_id = await ada.begun("What do we spend?")
        [execution] = tracker.active(ada.principal)
        whole = int(execution.limits.whole.total_seconds())
        for _ in range(whole - 1):
            service.clock.leap(seconds=1)
            assert tracker.heartbeat(execution.id).state.final is False
        service.clock.leap(seconds=1)
        tracker.heartbeat(execution.id)
        end = await ada.ended(run_id)
    assert end["payload"]["code"] == "timeout"
    assert (await service.settled(run_id)).state is ExecutionState.TIMEOUT


async def test_limits_of_ones_own_count_before_those_of_the_tier(service: Assembly) -> None:
    limits = Limits(timedelta(seconds=5), timedelta(seconds=2))
    execution = service.tracker.create(service.context(await service.user()), "supervisor", Tier.PATIENT, limits)
    service.clock.leap(seconds=2)
    service.tracker.check()
    assert service.tracker.get(execution).error == "gave no sign of life for 0:00:02"
