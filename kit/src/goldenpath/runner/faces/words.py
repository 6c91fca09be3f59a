"""What outcomes and reasons are called, and which count as what: the one table all faces read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from goldenpath.reporting.wording import count
from goldenpath.runner.record import NotRunReason, Outcome, RunRecord, TestResult


class Word(NamedTuple):
    """How one outcome is shown."""

    label: str
    sign: str
    """One character, so that colour is never alone in saying it."""
    style: str
    """For terminals."""


OUTCOMES: Final[dict[Outcome, Word]] = {
    Outcome.FAILED: Word("failed", "✕", "bold red"),
    Outcome.ERROR: Word("error", "✕", "bold red"),
    Outcome.TIMED_OUT: Word("timed out", "◷", "bold red"),
    Outcome.CRASHED: Word("crashed", "☠", "bold red"),
    Outcome.PASSED: Word("passed", "✓", "green"),
    Outcome.XPASSED: Word("passed unexpectedly", "✓", "yellow"),
    Outcome.XFAILED: Word("failed as expected", "~", "yellow"),
    Outcome.SKIPPED: Word("skipped", "-", "yellow"),
}
"""The worst first."""

REASONS: Final[dict[NotRunReason, str]] = {
    NotRunReason.LOST: "lost: they stand in files, and no result of them came",
    NotRunReason.GHOST: "ghosts: they stand in files and pytest never collected them",
    NotRunReason.SERVICE: "a service they need did not start",
    NotRunReason.BLOCKED: "what they depend on failed",
    NotRunReason.FAIL_FAST: "an earlier failure stopped the run",
    NotRunReason.BUDGET: "the time of their layer was up",
    NotRunReason.INTERRUPTED: "the run was interrupted",
    NotRunReason.DESELECTED: "deselected",
    NotRunReason.CATEGORY: "of categories that were not asked for",
    NotRunReason.SHARD: "of other shards",
    NotRunReason.UNCHANGED: "they reach nothing that changed",
    NotRunReason.RESUMED: "an earlier part of this run has their results",
}
"""The worst first."""


def failures(record: RunRecord) -> list[TestResult]:
    """What went wrong, crashes first, then by place."""
    rank = {outcome: number for number, outcome in enumerate((Outcome.CRASHED, Outcome.TIMED_OUT))}
    bad = [result for result in record.results if result.outcome.bad]
    return sorted(bad, key=lambda result: (rank.get(result.outcome, 9), result.node_id))


def tally(results: Sequence[TestResult]) -> str:
    """`2 failed, 10 passed, 1 skipped`: every outcome there is, the worst first."""
    counts = Counter(result.outcome for result in results)
    parts = [f"{counts[outcome]:,} {word.label}" for outcome, word in OUTCOMES.items() if counts[outcome]]
    return ", ".join(parts) or "nothing executed"


def not_run(record: RunRecord) -> list[str]:
    """One line per reason for which tests have no result."""
    counts = Counter(each.reason for each in record.not_run)
    return [f"{count(counts[reason], 'test')} not run: {text}" for reason, text in REASONS.items() if counts[reason]]


def rerun(node_id: str) -> str:
    """The command that runs one test again."""
    quoted = "'" + node_id.replace("'", "'\\''") + "'"
    return f"pytest {quoted}"
