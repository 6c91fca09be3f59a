from __future__ import annotations

import pytest

from goldenpath.probe import CHECKS, ExitCode, Ledger, State
from goldenpath.probe.ledger import KEPT
from goldenpath.probe.verdict import Cause, judge


def ledger(**states: str) -> Ledger:
    made = Ledger()
    for check, state in states.items():
        {"held": made.held, "broke": made.broke, "not_shown": made.not_shown}[state](
            *([check] if state == "held" else [check, f"{check} says why"])
        )
    return made


@pytest.mark.parametrize(
    ("states", "cause", "code", "word"),
    [
        ({"PB101": "held", "PB201": "held"}, Cause.DONE, ExitCode.HELD, "held"),
        ({"PB101": "broke", "PB201": "not_shown"}, Cause.DONE, ExitCode.UNREACHABLE, "unreachable"),
        ({"PB101": "held", "PB201": "broke", "PB401": "not_shown"}, Cause.DONE, ExitCode.FINDINGS, "broken"),
        ({"PB101": "held", "PB201": "broke"}, Cause.BUDGET, ExitCode.FINDINGS, "broken"),
        ({"PB101": "held", "PB401": "not_shown"}, Cause.BUDGET, ExitCode.TIME_OUT, "out of time"),
        ({"PB101": "held", "PB401": "not_shown"}, Cause.DONE, ExitCode.NOTHING_SHOWN, "not shown"),
        ({"PB101": "held"}, Cause.INTERRUPTED, ExitCode.NOTHING_SHOWN, "interrupted"),
        ({}, Cause.DONE, ExitCode.NOTHING_SHOWN, "nothing checked"),
    ],
)
def test_the_verdict_names_the_gravest_first(states: dict[str, str], cause: Cause, code: ExitCode, word: str) -> None:
    verdict = judge(ledger(**states), cause, 7.0)
    assert (verdict.code, verdict.word) == (code, word)


def test_what_else_is_to_be_known_comes_after_the_gravest() -> None:
    verdict = judge(ledger(PB101="held", PB201="broke", PB401="not_shown"), Cause.BUDGET, 7.0)
    assert verdict.message == "1 of 3 checks did not hold: PB201"
    assert verdict.also == (
        "the probe did not end within limits.budget, 7 s",
        "1 of 3 checks could not be judged: PB401",
    )


def test_a_check_that_held_once_and_could_not_be_judged_once_is_not_held() -> None:
    made = ledger(PB401="held")
    made.not_shown("PB401", "nobody looked")
    assert made["PB401"].state is State.NOT_SHOWN
    made.broke("PB401", "seen")
    assert made["PB401"].state is State.BROKEN


def test_a_check_that_was_not_tried_is_not_held() -> None:
    made = Ledger()
    made.not_asked("PB602", "faults.oversize is 0")
    assert (made["PB602"].state, made["PB602"].reason) == (State.NOT_ASKED, "faults.oversize is 0")


def test_all_findings_are_counted_and_the_first_are_kept() -> None:
    made = Ledger()
    for number in range(KEPT + 5):
        made.broke("PB202", f"question {number}")
    made.held("PB202", 3)
    entry = made["PB202"]
    assert (entry.tried, entry.kept, entry.broken, len(entry.findings)) == (KEPT + 8, 3, KEPT + 5, KEPT)


def test_the_accounts_of_two_processes_add_up() -> None:
    mine, theirs = ledger(PB202="held"), ledger(PB202="broke", PB401="not_shown")
    mine.add(theirs)
    assert (mine["PB202"].tried, mine["PB202"].broken) == (2, 1)
    assert mine["PB202"].findings[0].message == "PB202 says why"
    assert mine["PB401"].state is State.NOT_SHOWN


def test_the_table_of_checks_has_each_id_once_and_a_denominator_for_each() -> None:
    assert list(CHECKS) == sorted(CHECKS)
    assert all(check.id == id and check.counted and check.holds for id, check in CHECKS.items())
