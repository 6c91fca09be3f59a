"""What is kept of executions that have ended, and what is counted."""

from __future__ import annotations

import pytest

from agent_backend.execution import AgentExecutionTracker, ExecutionState, UnknownExecution

from ..assembly import Assembly
from .ways import bring_to

pytestmark = pytest.mark.asyncio


async def test_the_history_is_kept_in_order_and_bounded(service: Assembly) -> None:
    ada = await service.user()
    tracker = AgentExecutionTracker(service.clock, service.services.ids, history=3)
    made = [tracker.create(service.context(ada), "supervisor") for _ in range(5)]
    for execution in made:
        tracker.move(execution, ExecutionState.FAILED)
    assert [each.id for each in tracker.history()] == made[2:]
    with pytest.raises(UnknownExecution):
        tracker.get(made[1])
    assert tracker.metrics()["failed"] == 5.0


async def test_the_history_of_a_service_holds_its_runs_in_the_order_of_their_ends(service: Assembly) -> None:
    ada = await service.user()
    runs = [(await ada.answered(f"What do we spend, {number}?"))["run_id"] for number in range(3)]
    for run_id in runs:
        assert (await service.settled(run_id)).state is ExecutionState.COMPLETED
    assert [each.context.run_id for each in service.tracker.history(ada.principal)] == runs


async def test_metrics_count_every_end_and_measure_it_by_the_clock(service: Assembly) -> None:
    context, tracker = service.context(await service.user()), service.tracker
    good, bad, lost, open_ = (tracker.create(context, "supervisor") for _ in range(4))
    service.clock.leap(seconds=4)
    bring_to(tracker, good, ExecutionState.COMPLETED)
    tracker.move(bad, ExecutionState.FAILED)
    service.clock.leap(seconds=4)
    tracker.move(lost, ExecutionState.CANCELLED)
    metrics = tracker.metrics()
    assert tracker.get(open_).ended is None
    assert {name: metrics[name] for name in ("active", "completed", "failed", "cancelled", "dead", "timeout")} == {
        "active": 1.0,
        "completed": 1.0,
        "failed": 1.0,
        "cancelled": 1.0,
        "dead": 0.0,
        "timeout": 0.0,
    }
    assert metrics["mean_seconds"] == (4 + 4 + 8) / 3
    assert metrics["success_rate"] == 1 / 3


async def test_the_engines_statistics_include_what_the_tracker_has_counted(service: Assembly) -> None:
    ada = await service.user()
    await service.settled((await ada.answered("What do we spend?"))["run_id"])
    statistics = service.services.running.engines.statistics()
    assert (statistics["completed"], statistics["active"], statistics["success_rate"]) == (1.0, 0.0, 1.0)


async def test_finished_executions_are_cleaned_up_and_running_ones_and_the_counts_stay(service: Assembly) -> None:
    ada, tracker = await service.user(), service.tracker
    ended = [(await ada.answered(f"What do we spend, {number}?"))["run_id"] for number in range(2)]
    kept = [(await service.settled(run_id)).id for run_id in ended]
    running = tracker.create(service.context(ada), "supervisor")
    assert tracker.forget_ended() == 2
    assert (tracker.history(), tracker.forget_ended()) == ([], 0)
    for execution in kept:
        with pytest.raises(UnknownExecution):
            tracker.get(execution)
    assert tracker.get(running).state is ExecutionState.PENDING
    assert tracker.metrics()["completed"] == 2.0
