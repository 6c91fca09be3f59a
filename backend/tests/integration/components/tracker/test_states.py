"""The states of an execution, on the tracker of a running service."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from agent_backend.execution import STATE_MOVES, ExecutionState, IllegalTransition, Phase, UnknownExecution

from ..assembly import Assembly
from .ways import bring_to

pytestmark = pytest.mark.asyncio
ENDS = [state for state in ExecutionState if state.final]


async def test_a_state_is_of_the_enum_only_and_a_dict_or_a_string_is_refused_with_what_was_expected(
    service: Assembly,
) -> None:
    execution = service.tracker.create(service.context(await service.user()), "supervisor")
    values: list[Any] = ["running", {"state": "running"}, None, Phase.THINKING]
    for value in values:
        with pytest.raises(TypeError) as refused:
            service.tracker.move(execution, value)
        told = f"a state is an ExecutionState, such as ExecutionState.RUNNING, not {value!r}"
        assert str(refused.value) == told
    assert service.tracker.get(execution).state is ExecutionState.PENDING


async def test_legal_transitions_are_made_and_illegal_ones_refused_with_those_that_are_allowed(
    service: Assembly,
) -> None:
    context, tracker = service.context(await service.user()), service.tracker
    made, refused = set(), {}
    for before, after in product(ExecutionState, repeat=2):
        execution = tracker.create(context, "supervisor")
        bring_to(tracker, execution, before)
        try:
            tracker.move(execution, after)
            made.add((before, after))
        except IllegalTransition as error:
            refused[before, after] = str(error)
            assert tracker.get(execution).state is before
    assert made == {(before, after) for before, moves in STATE_MOVES.items() for after in moves}
    assert (
        "is pending and cannot become completed; allowed is cancelled, dead, failed, starting, timeout"
        in (refused[ExecutionState.PENDING, ExecutionState.COMPLETED])
    )


async def test_terminal_states_are_immutable_and_still_queryable(service: Assembly) -> None:
    ada, tracker = await service.user(), service.tracker
    context, ended = service.context(ada), []
    for end in ENDS:
        execution = tracker.create(context, "supervisor")
        bring_to(tracker, execution, end)
        ended.append(tracker.get(execution))
    service.clock.leap(hours=1)
    for each in ended:
        for state in ExecutionState:
            with pytest.raises(IllegalTransition, match="allowed is nothing: it has ended"):
                tracker.move(each.id, state)
        with pytest.raises(IllegalTransition):
            tracker.enter(each.id, Phase.PREPARING)
        assert tracker.heartbeat(each.id) == tracker.get(each.id) == each
    assert (tracker.check(), tracker.history(ada.principal)) == ([], ended)
    assert [each.state for each in ended] == ENDS


async def test_the_agents_state_is_updated_with_every_move_of_its_run(service: Assembly) -> None:
    ada, tracker = await service.user(), service.tracker
    execution = tracker.create(service.context(ada), "supervisor")
    made = tracker.get(execution)
    service.clock.leap(seconds=2)
    started = tracker.move(execution, ExecutionState.STARTING)
    service.clock.leap(seconds=3)
    failed = tracker.move(execution, ExecutionState.FAILED, "no data")
    assert (made.state, made.ended, made.error) == (ExecutionState.PENDING, None, None)
    assert (started.state, started.heard - made.began, started.ended) == (ExecutionState.STARTING, 2.0, None)
    assert (failed.state, failed.ended, failed.error) == (ExecutionState.FAILED, made.began + 5, "no data")
    assert tracker.get(execution) == failed


async def test_an_unknown_id_is_an_error_that_names_it_whatever_is_asked(service: Assembly) -> None:
    tracker = service.tracker
    of_another = service.services.running.instance
    for use in (
        tracker.get,
        tracker.heartbeat,
        lambda each: tracker.move(each, ExecutionState.STARTING),
        lambda each: tracker.enter(each, Phase.PREPARING),
    ):
        with pytest.raises(UnknownExecution, match=f"there is no execution '{of_another}' on this instance"):
            use(of_another)
