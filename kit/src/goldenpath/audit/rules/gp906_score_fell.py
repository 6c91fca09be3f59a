from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.ledger import Ledger
from goldenpath.audit.rule import Rule


def judge(ledger: Ledger) -> Iterator[Finding]:
    """A score lower than the one in the baseline."""
    if ledger.score_before is not None and ledger.score < ledger.score_before:
        message = f"the score fell from {ledger.score_before:.1f} to {ledger.score:.1f}"
        yield Finding(RULE.id, RULE.severity, ledger.baseline_path, 1, 0, message, digest="score")


RULE = Rule("GP906", "score-fell", Severity.INFO, "a score lower than the baseline's", judge=judge)
