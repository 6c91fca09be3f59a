"""The phases of an execution, and who hears of them."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from agent_backend.execution import PHASE_MOVES, Execution, IllegalTransition, Phase

from ..assembly import Assembly
from ..records import whole_data
from .ways import PHASES

pytestmark = pytest.mark.asyncio


async def test_the_phase_table_is_enforced_move_by_move(service: Assembly) -> None:
    context, tracker = service.context(await service.user()), service.tracker
    made, refused = set(), {}
    for before, after in product(Phase, repeat=2):
        execution = tracker.create(context, "supervisor")
        for phase in PHASES[: PHASES.index(before) + 1] if before in PHASES else []:
            tracker.enter(execution, phase)
        try:
            tracker.enter(execution, after)
            made.add((before, after))
        except IllegalTransition as error:
            refused[before, after] = str(error), tracker.get(execution).phase
    staying = {(phase, phase) for phase in Phase}
    assert made == {(before, after) for before, moves in PHASE_MOVES.items() for after in moves} | staying
    for (before, after), (told, phase) in refused.items():
        assert f"is {before.value} and cannot become {after.value}" in told
        assert phase is before


async def test_a_real_run_takes_only_moves_of_the_phase_table_from_created_to_completed(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(whole_data())
    end = await ada.answered("Cut our cost by 20 %")
    taken = (await service.settled(end["run_id"])).phases
    assert (taken[0], taken[-1]) == (Phase.CREATED, Phase.COMPLETED)
    assert {Phase.THINKING, Phase.TOOL_EXECUTION} < set(taken)
    assert all(after in PHASE_MOVES[before] for before, after in pairwise(taken))


async def test_events_are_emitted_on_phase_changes_and_fit_what_the_user_is_told(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(whole_data())
    seen: list[tuple[str, Phase]] = []

    def watch(execution: Execution) -> None:
        seen.append((execution.context.run_id, execution.phase))

    service.tracker.on_phase(watch)
    end = await ada.answered("Cut our cost by 20 %")
    done = await service.settled(end["run_id"])
    assert [phase for _, phase in seen] == list(done.phases[1:])
    assert {run for run, _ in seen} == {end["run_id"]}
    told = [event["type"] for event in ada.story(end["run_id"])]
    assert (told[0], told[-1]) == ("agent_started", "agent_completed")
    assert seen[1][1] is Phase.STARTING
    assert ("tool_executing" in told) == (Phase.TOOL_EXECUTION in done.phases)


async def test_a_watcher_that_fails_costs_no_run_its_answer(
    service: Assembly, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Execution) -> None:
        raise ZeroDivisionError

    service.tracker.on_phase(broken)
    ada = await service.user()
    end = await ada.answered("What do we spend?")
    assert end["type"] == "agent_completed"
    assert "a watcher of exe_" in caplog.text
