from __future__ import annotations

import pytest

from goldenpath.runner.record import (
    CollectionError,
    ExitCode,
    NotRun,
    NotRunReason,
    Outcome,
    ServiceState,
    TestResult,
)
from goldenpath.runner.verdict import Facts, judge


def result(outcome: Outcome = Outcome.PASSED, **more: object) -> TestResult:
    return TestResult(f"t::{outcome}", outcome, message="because", **more)  # type: ignore[arg-type]


def left(reason: NotRunReason) -> NotRun:
    return NotRun("t::left", reason, "for a reason")


GREEN = Facts(results=[result()], collected=1, selected=1)


def test_what_ran_and_passed_is_green() -> None:
    verdict = judge(GREEN)
    assert (verdict.code, verdict.cause, verdict.message) == (0, "passed", "1 passed")


@pytest.mark.parametrize("outcome", [Outcome.XFAILED, Outcome.XPASSED])
def test_expected_failures_are_no_failures(outcome: Outcome) -> None:
    assert judge(Facts(results=[result(), result(outcome)], collected=2, selected=2)).code == 0


@pytest.mark.parametrize("reason", [reason for reason in NotRunReason if not reason.asked_for])
def test_no_reason_but_the_callers_own_leaves_a_run_green(reason: NotRunReason) -> None:
    facts = Facts(
        results=[result()],
        not_run=[left(reason)],
        collected=2,
        selected=2,
        services=[ServiceState("redis", "failed")] if reason is NotRunReason.SERVICE else (),
        overtime="too long" if reason is NotRunReason.BUDGET else "",
        interrupted=reason is NotRunReason.INTERRUPTED,
    )
    assert judge(facts).code != 0


@pytest.mark.parametrize("reason", [reason for reason in NotRunReason if reason.asked_for])
def test_what_the_caller_left_out_leaves_it_green(reason: NotRunReason) -> None:
    assert judge(Facts(results=[result()], not_run=[left(reason)], collected=2, selected=1)).code == 0


@pytest.mark.parametrize(
    ("facts", "code", "cause"),
    [
        (Facts(), 3, "nothing_collected"),
        (Facts(collected=3), 3, "nothing_selected"),
        (Facts(collected=3, selected=3), 3, "nothing_executed"),
        (Facts(results=[result(Outcome.SKIPPED)], collected=1, selected=1), 3, "all_skipped"),
        (Facts(results=[result(Outcome.FAILED)], collected=1, selected=1), 1, "failures"),
        (Facts(results=[result(Outcome.ERROR)], collected=1, selected=1), 1, "failures"),
        (Facts(results=[result(Outcome.CRASHED)], collected=1, selected=1), 1, "crashed"),
        (Facts(results=[result(Outcome.TIMED_OUT)], collected=1, selected=1), 6, "timeout"),
        (Facts(results=[result()], collection_errors=[CollectionError("a.py", "no")]), 4, "collection"),
        (Facts(results=[result()], services=[ServiceState("redis", "failed")]), 5, "service"),
        (Facts(results=[result()], exit_status=1, plugins="x\ncoverage too low"), 1, "pytest"),
        (Facts(results=[result()], coverage=71.0, min_coverage=80.0), 1, "coverage"),
        (Facts(results=[result()], min_coverage=80.0), 1, "coverage"),
        (Facts(results=[result()], unproved="disk full"), 3, "unproved"),
        (Facts(results=[result()], empty=["t::nothing"]), 3, "no_cases"),
        (Facts(results=[result()], workers_failed="all died"), 1, "workers"),
        (Facts(results=[result()], usage="no such option"), 2, "usage"),
        (Facts(results=[result(), result(Outcome.SKIPPED)], forbid_skips=True), 3, "skipped"),
    ],
)
def test_a_fault_has_its_code_and_its_cause(facts: Facts, code: ExitCode, cause: str) -> None:
    verdict = judge(facts)
    assert (verdict.code, verdict.cause) == (code, cause)


def test_the_gravest_fault_decides_and_the_others_are_named() -> None:
    facts = Facts(
        results=[result(Outcome.FAILED)], collection_errors=[CollectionError("a.py", "no")], unproved="disk full"
    )
    verdict = judge(facts)
    assert verdict.code is ExitCode.COLLECTION
    assert [also.partition(",")[0] for also in verdict.also] == [
        "1 of 1 tests failed", "what ran cannot be proved: disk full"
    ]  # fmt: skip


def test_a_resumed_run_that_has_nothing_left_to_do_is_green() -> None:
    assert judge(Facts(not_run=[left(NotRunReason.RESUMED)], collected=1, resumed=True)).code == 0
