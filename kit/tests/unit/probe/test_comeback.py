from __future__ import annotations

import asyncio

import pytest

from goldenpath.probe import Ledger, State, parse_scenario
from goldenpath.probe.comeback import judge_comeback, left_out
from goldenpath.probe.reading import Reading
from goldenpath.probe.run import Outcome, Run

READING = Reading(parse_scenario('name = "mine"\n[ask]\nmessage = "hi"\n'))


@pytest.mark.parametrize(
    ("seqs", "missing"),
    [
        ([1, 2, 3], []),
        ([4, 5, 6], []),
        ([1, 2, 4, 7], [3, 5, 6]),
        ([1, 3, 2], []),
        ([5, 2, 6], []),
        ([1, 10**18], list(range(2, 12))),
    ],
)
def test_what_never_came_is_what_lies_between_the_first_and_the_greatest(seqs: list[int], missing: list[int]) -> None:
    assert left_out(seqs) == missing


def judged(seqs: list[int], outcome: Outcome) -> Ledger:
    async def main() -> Ledger:
        ledger = Ledger()
        run = Run(0.0, READING, READING.contract.checker(), asyncio.get_running_loop().create_future(), seqs=seqs)
        judge_comeback(run, 2, outcome, "ada", ledger)
        return ledger

    return asyncio.run(main())


@pytest.mark.parametrize(
    ("seqs", "outcome", "lost", "twice"),
    [
        ([1, 2, 3, 4], Outcome.ENDED, State.HELD, State.HELD),
        ([1, 2, 4], Outcome.ENDED, State.BROKEN, State.HELD),
        ([1, 2, 2, 3, 4], Outcome.ENDED, State.HELD, State.BROKEN),
        ([1, 2, 4, 3], Outcome.ENDED, State.HELD, State.BROKEN),
        ([1, 2], Outcome.LATE, State.BROKEN, State.HELD),
        ([1, 2], Outcome.RESET, State.HELD, State.HELD),
    ],
)
def test_a_comeback_is_judged_by_the_numbers_before_and_after_the_cut(
    seqs: list[int], outcome: Outcome, lost: State, twice: State
) -> None:
    ledger = judged(seqs, outcome)
    assert (ledger["PB502"].state, ledger["PB503"].state) == (lost, twice)


def test_without_numbers_repetitions_cannot_be_told_and_nobody_says_they_can() -> None:
    ledger = judged([], Outcome.LATE)
    assert (ledger["PB502"].state, ledger["PB503"].state) == (State.BROKEN, State.NOT_SHOWN)
