from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise, product
from typing import Any

import pytest

from agent_backend.context import UnifiedIDManager, UserExecutionContext
from agent_backend.execution import (
    PHASE_MOVES,
    STATE_MOVES,
    AgentExecutionTracker,
    ExecutionState,
    IllegalTransition,
    Limits,
    Phase,
    Tier,
    UnknownExecution,
    get_execution_tracker,
)

WAY = [ExecutionState.STARTING, ExecutionState.RUNNING, ExecutionState.COMPLETING, ExecutionState.COMPLETED]
PHASES = list(Phase)


@pytest.fixture
def tracker(clock: Any, ids: UnifiedIDManager) -> AgentExecutionTracker:
    return AgentExecutionTracker(clock, ids, history=3)


@pytest.fixture
def execution(tracker: AgentExecutionTracker, new_context: Callable[..., UserExecutionContext]) -> str:
    return tracker.create(new_context(), "advisor")


def brought_to(tracker: AgentExecutionTracker, execution: str, state: ExecutionState) -> None:
    """By the shortest way."""
    if state in WAY:
        for step in WAY[: WAY.index(state) + 1]:
            tracker.move(execution, step)
    elif state is not ExecutionState.PENDING:
        tracker.move(execution, state)


def test_an_execution_is_created_with_all_that_is_known_of_it(
    tracker: AgentExecutionTracker, new_context: Callable[..., UserExecutionContext]
) -> None:
    context = new_context()
    made = tracker.get(tracker.create(context, "advisor", Tier.QUICK))
    assert made.id.startswith("exe_")
    assert (made.context, made.agent_name, made.limits) == (context, "advisor", Tier.QUICK.value)
    assert (made.state, made.phase, made.ended, made.error) == (ExecutionState.PENDING, Phase.CREATED, None, None)


@pytest.mark.parametrize(("before", "after"), [*product(ExecutionState, repeat=2)], ids=lambda each: each.value)
def test_every_move_of_the_state_is_made_or_refused_by_the_table(
    tracker: AgentExecutionTracker, execution: str, before: ExecutionState, after: ExecutionState
) -> None:
    brought_to(tracker, execution, before)
    if after in STATE_MOVES[before]:
        assert tracker.move(execution, after).state is after
    else:
        with pytest.raises(IllegalTransition, match=f"is {before.value} and cannot become {after.value}"):
            tracker.move(execution, after)
        assert tracker.get(execution).state is before


@pytest.mark.parametrize(("before", "after"), [*product(Phase, repeat=2)], ids=lambda each: each.value)
def test_every_move_of_the_phase_is_made_or_refused_by_the_table(
    tracker: AgentExecutionTracker, execution: str, before: Phase, after: Phase
) -> None:
    path = [phase for phase in PHASES[: PHASES.index(before) + 1] if phase is not Phase.CREATED]
    for phase in path:
        tracker.enter(execution, phase)
    if after in PHASE_MOVES[before] or after is before:
        assert tracker.enter(execution, after).phase is after
    else:
        with pytest.raises(IllegalTransition, match=f"is {before.value} and cannot become {after.value}"):
            tracker.enter(execution, after)


def test_the_phases_lead_from_created_to_completed_and_thinking_and_tools_alternate() -> None:
    assert all(after in PHASE_MOVES[before] for before, after in pairwise(PHASES))
    assert Phase.THINKING in PHASE_MOVES[Phase.TOOL_EXECUTION]
    assert PHASE_MOVES[Phase.COMPLETED] == frozenset()


@pytest.mark.parametrize("value", ["running", {"state": "running"}, None, Phase.THINKING], ids=str)
def test_what_is_no_state_is_refused_by_name(tracker: AgentExecutionTracker, execution: str, value: Any) -> None:
    with pytest.raises(TypeError, match="a state is an ExecutionState"):
        tracker.move(execution, value)


def test_what_is_no_phase_is_refused_by_name(tracker: AgentExecutionTracker, execution: str) -> None:
    with pytest.raises(TypeError, match="a phase is a Phase"):
        tracker.enter(execution, "thinking")  # type: ignore[arg-type]


def test_an_unknown_execution_is_an_error_that_names_it(tracker: AgentExecutionTracker) -> None:
    for use in (tracker.get, tracker.heartbeat, lambda each: tracker.move(each, ExecutionState.STARTING)):
        with pytest.raises(UnknownExecution, match="no execution 'exe_nowhere'"):
            use("exe_nowhere")


@pytest.mark.parametrize("end", [state for state in ExecutionState if state.final], ids=lambda each: each.value)
def test_what_has_ended_stays_as_it_is_and_can_still_be_asked_for(
    tracker: AgentExecutionTracker, execution: str, end: ExecutionState
) -> None:
    brought_to(tracker, execution, end)
    ended = tracker.get(execution)
    assert ended.ended is not None
    assert tracker.heartbeat(execution) == ended
    with pytest.raises(IllegalTransition):
        tracker.enter(execution, Phase.PREPARING)
    assert tracker.active() == []
    assert tracker.history() == [ended]


def test_the_history_is_bounded_and_the_counts_are_not(
    tracker: AgentExecutionTracker, new_context: Callable[..., UserExecutionContext]
) -> None:
    made = [tracker.create(new_context(), "advisor") for _ in range(5)]
    for each in made:
        tracker.move(each, ExecutionState.FAILED)
    assert [each.id for each in tracker.history()] == made[2:]
    with pytest.raises(UnknownExecution):
        tracker.get(made[0])
    assert tracker.forget_ended() == 3
    assert (tracker.history(), tracker.metrics()["failed"]) == ([], 5.0)


def test_silence_is_death_and_whoever_watches_is_told(
    tracker: AgentExecutionTracker, execution: str, clock: Any
) -> None:
    deaths: list[str] = []
    tracker.on_death(lambda each: deaths.append(f"{each.state.value}: {each.error}"))
    clock.move(seconds=59)
    assert tracker.check() == []
    clock.move(seconds=1)
    [dead] = tracker.check()
    assert (dead.id, dead.state) == (execution, ExecutionState.DEAD)
    assert deaths == ["dead: gave no sign of life for 0:01:00"]
    assert tracker.check() == []


def test_steady_heartbeats_do_not_save_a_run_past_its_time(
    tracker: AgentExecutionTracker, execution: str, clock: Any
) -> None:
    for _ in range(119):
        clock.move(seconds=1)
        tracker.heartbeat(execution)
        assert tracker.check() == []
    clock.move(seconds=1)
    tracker.heartbeat(execution)
    assert [each.state for each in tracker.check()] == [ExecutionState.TIMEOUT]


@pytest.mark.parametrize("tier", Tier, ids=lambda each: each.name)
def test_a_tier_says_how_long_to_wait(
    tracker: AgentExecutionTracker, new_context: Callable[..., UserExecutionContext], clock: Any, tier: Tier
) -> None:
    execution = tracker.create(new_context(), "advisor", tier)
    clock.move(seconds=tier.value.silence.total_seconds() - 1)
    assert tracker.check() == []
    clock.move(seconds=1)
    assert [each.id for each in tracker.check()] == [execution]
    assert tier.value.silence <= tier.value.whole


@pytest.mark.asyncio
async def test_the_monitor_checks_by_itself(
    tracker: AgentExecutionTracker, new_context: Callable[..., UserExecutionContext], clock: Any
) -> None:
    died = asyncio.Event()
    tracker.on_death(lambda _: died.set())
    tracker.create(new_context(), "advisor", limits=Limits(timedelta(hours=1), timedelta(seconds=5)))
    monitor = asyncio.create_task(tracker.monitor(timedelta(milliseconds=1)))
    clock.move(seconds=5)
    await died.wait()
    monitor.cancel()
    await asyncio.wait([monitor])
    assert tracker.metrics()["dead"] == 1.0


def test_a_watcher_that_fails_keeps_it_from_no_other(
    tracker: AgentExecutionTracker, execution: str, caplog: pytest.LogCaptureFixture
) -> None:
    phases: list[Phase] = []

    def broken(_: Any) -> None:
        raise ZeroDivisionError

    tracker.on_phase(broken)
    tracker.on_phase(lambda each: phases.append(each.phase))
    tracker.enter(execution, Phase.PREPARING)
    tracker.enter(execution, Phase.PREPARING)
    assert phases == [Phase.PREPARING]
    assert "a watcher of" in caplog.text


def test_one_users_executions_are_told_apart_from_anothers(
    tracker: AgentExecutionTracker, new_context: Callable[..., UserExecutionContext]
) -> None:
    ada, bob = new_context(), new_context()
    of_ada = {tracker.create(ada, "advisor") for _ in range(2)}
    of_bob = tracker.create(bob, "advisor")
    assert {each.id for each in tracker.active(ada.principal)} == of_ada
    assert [each.id for each in tracker.active(bob.principal)] == [of_bob]
    tracker.move(of_bob, ExecutionState.CANCELLED)
    assert tracker.history(ada.principal) == []


def test_of_many_threads_that_end_an_execution_one_succeeds(
    tracker: AgentExecutionTracker, new_context: Callable[..., UserExecutionContext]
) -> None:
    execution = tracker.create(new_context(), "advisor")

    def end(_: int) -> bool:
        try:
            tracker.move(execution, ExecutionState.FAILED)
        except IllegalTransition:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(end, range(64))) == 1
    assert tracker.metrics()["failed"] == 1.0


def test_metrics_count_ends_and_measure_them(tracker: AgentExecutionTracker, new_context: Any, clock: Any) -> None:
    good, bad = (tracker.create(new_context(), "advisor") for _ in range(2))
    clock.move(seconds=4)
    brought_to(tracker, good, ExecutionState.COMPLETED)
    tracker.move(bad, ExecutionState.FAILED, "why")
    metrics = tracker.metrics()
    assert (metrics["active"], metrics["completed"], metrics["failed"]) == (0.0, 1.0, 1.0)
    assert (metrics["success_rate"], metrics["mean_seconds"]) == (0.5, 4.0)
    assert tracker.get(bad).error == "why"


def test_a_process_has_one_tracker_for_whoever_was_given_none() -> None:
    assert get_execution_tracker() is get_execution_tracker()
