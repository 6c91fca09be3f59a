"""From the facts of a run to its exit code: one table of rules, the gravest first, and none that trusts a silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from goldenpath.runner.completeness import explained
from goldenpath.runner.record import (
    CollectionError,
    ExitCode,
    LayerResult,
    NotRun,
    NotRunReason,
    Outcome,
    ServiceState,
    TestResult,
    Verdict,
)


@dataclass(frozen=True)
class Facts:
    """All that a verdict may rest on."""

    results: Sequence[TestResult] = ()
    not_run: Sequence[NotRun] = ()
    collection_errors: Sequence[CollectionError] = ()
    layers: Sequence[LayerResult] = ()
    services: Sequence[ServiceState] = ()
    empty: Sequence[str] = ()
    """Tests that stand for a parametrisation without a case."""
    barren: Sequence[str] = ()
    """Categories that were asked for by name and have no test."""
    collected: int = 0
    selected: int = 0
    """How many tests were to run."""
    asked: str = ""
    """What narrowed the selection, in the caller's words."""
    overtime: str = ""
    """Which budget was used up."""
    interrupted: bool = False
    stopped: str = ""
    """What ended the session from inside."""
    usage: str = ""
    """What pytest refused."""
    exit_status: int = 0
    """Of pytest's own session."""
    plugins: str = ""
    """What plugins wrote at its end."""
    coverage: float | None = None
    min_coverage: float | None = None
    forbid_skips: bool = False
    resumed: bool = False
    workers_failed: str = ""
    unproved: str = ""
    """Why there is no evidence."""

    def having(self, *outcomes: Outcome) -> list[TestResult]:
        """The results with one of these outcomes."""
        return [result for result in self.results if result.outcome in outcomes]

    def left(self, *reasons: NotRunReason) -> list[NotRun]:
        """The tests not run for one of these reasons."""
        return [each for each in self.not_run if each.reason in reasons]


Fault = tuple[str, str]
"""A stable word for the cause, and the sentence."""
Rule = tuple[ExitCode, Callable[[Facts], Iterator[Fault]]]


def judge(facts: Facts) -> Verdict:
    """The verdict: the gravest fault decides, the others are named as well."""
    faults = [(code, cause, message) for code, rule in RULES for cause, message in rule(facts)]
    if not faults:
        return Verdict(ExitCode.OK, "passed", _praise(facts))
    (code, cause, message), *others = faults
    return Verdict(code, cause, message, tuple(also for _, _, also in others))


def _praise(facts: Facts) -> str:
    counted = [
        (len(facts.having(Outcome.PASSED)), "passed"),
        (len(facts.having(Outcome.SKIPPED)), "skipped"),
        (len(facts.having(Outcome.XFAILED)), "failed as expected"),
        (len(facts.having(Outcome.XPASSED)), "passed unexpectedly"),
        (sum(result.flaky for result in facts.results), "only when tried again"),
    ]
    return ", ".join(f"{number} {word}" for number, word in counted if number) or "nothing was left to run"


def _usage(facts: Facts) -> Iterator[Fault]:
    if facts.usage:
        yield "usage", facts.usage


def _collection(facts: Facts) -> Iterator[Fault]:
    if facts.collection_errors:
        yield "collection", explained(facts.collection_errors)


def _services(facts: Facts) -> Iterator[Fault]:
    for state in facts.services:
        if state.state == "failed":
            waiting = len(facts.left(NotRunReason.SERVICE))
            yield "service", f"service {state.name} did not start, so {waiting} tests were not run: {state.detail}"


def _time(facts: Facts) -> Iterator[Fault]:
    if facts.overtime:
        waiting = len(facts.left(NotRunReason.BUDGET))
        yield "budget", f"{facts.overtime}; {waiting} tests were not begun"
    for result in facts.having(Outcome.TIMED_OUT):
        if not facts.overtime:
            yield "timeout", f"{result.node_id}: {result.message}; its stack is in the report"
        break


def _nothing(facts: Facts) -> Iterator[Fault]:
    if any(result.outcome.executed for result in facts.results):
        return
    if facts.resumed and facts.left(NotRunReason.RESUMED) and not facts.selected:
        return
    skipped = facts.having(Outcome.SKIPPED)
    if skipped:
        yield "all_skipped", f"all {len(skipped)} tests were skipped, the first because: {skipped[0].message}"
    elif not facts.collected:
        yield "nothing_collected", f"no test was collected{facts.asked and ' from '}{facts.asked}"
    elif not facts.selected:
        yield "nothing_selected", f"none of {facts.collected} tests was selected by {facts.asked or 'the request'}"
    else:
        yield "nothing_executed", f"none of {facts.selected} selected tests was executed"


def _failures(facts: Facts) -> Iterator[Fault]:
    bad = facts.having(Outcome.FAILED, Outcome.ERROR)
    if bad:
        yield "failures", f"{len(bad)} of {len(facts.results)} tests failed, first {bad[0].node_id}: {bad[0].message}"
    crashed = facts.having(Outcome.CRASHED)
    if crashed:
        yield "crashed", f"{crashed[0].node_id}: {crashed[0].message}"
    if facts.workers_failed:
        yield "workers", facts.workers_failed
    if facts.min_coverage is not None and facts.coverage is not None and facts.coverage < facts.min_coverage:
        yield "coverage", f"{facts.coverage:.1f} % of the lines ran; at least {facts.min_coverage:g} % were asked for"
    if facts.min_coverage is not None and facts.coverage is None:
        yield "coverage", f"no coverage was measured; at least {facts.min_coverage:g} % were asked for"
    if facts.exit_status not in _EXPECTED_STATUS and not bad and not crashed and not facts.collection_errors:
        told = facts.plugins.strip().splitlines()
        why = f": {told[-1]}" if told else ""
        yield "pytest", f"every test passed, yet pytest's session ended with exit status {facts.exit_status}{why}"


_EXPECTED_STATUS: Final = frozenset({0, 5})
"""5 is pytest's word for no test collected, which other rules judge."""


def _incomplete(facts: Facts) -> Iterator[Fault]:
    if facts.interrupted:
        yield "interrupted", f"interrupted: {len(facts.left(NotRunReason.INTERRUPTED))} tests were not begun"
    elif facts.stopped:
        yield "stopped", f"the session was ended from inside ({facts.stopped}); {_waiting(facts)} tests were not begun"
    if facts.empty:
        yield "no_cases", f"{facts.empty[0]} is parametrised with no case at all: it tests nothing"
    if facts.barren:
        yield "empty_category", f"category {facts.barren[0]} was asked for and has no test"
    lost = facts.left(NotRunReason.LOST)
    if lost:
        yield "lost", f"{len(lost)} promised tests were lost, first {lost[0].node_id}: {lost[0].detail}"
    ghosts = facts.left(NotRunReason.GHOST)
    if ghosts:
        yield "ghosts", f"{len(ghosts)} tests can never run, first {ghosts[0].node_id}: {ghosts[0].detail}"
    blocked = facts.left(NotRunReason.BLOCKED, NotRunReason.FAIL_FAST)
    if blocked and not facts.stopped:
        yield "blocked", f"{len(blocked)} tests were not begun: {blocked[0].detail}"
    skipped = facts.having(Outcome.SKIPPED)
    if facts.forbid_skips and skipped:
        yield "skipped", f"{len(skipped)} tests were skipped and none may be, first {skipped[0].node_id}"
    if facts.unproved:
        yield "unproved", f"what ran cannot be proved: {facts.unproved}"


def _waiting(facts: Facts) -> int:
    return len(facts.left(NotRunReason.INTERRUPTED, NotRunReason.FAIL_FAST))


RULES: Final[tuple[Rule, ...]] = (
    (ExitCode.USAGE, _usage),
    (ExitCode.COLLECTION, _collection),
    (ExitCode.SERVICE, _services),
    (ExitCode.TIME, _time),
    (ExitCode.NOTHING_RAN, _nothing),
    (ExitCode.FAILED, _failures),
    (ExitCode.NOTHING_RAN, _incomplete),
)
"""In the order of gravity: the first fault found is the cause."""
