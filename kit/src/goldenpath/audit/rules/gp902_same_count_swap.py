from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.ledger import Ledger
from goldenpath.audit.rule import Rule


def judge(ledger: Ledger) -> Iterator[Finding]:
    """New findings hidden behind fixed ones: the count of their rule and file is no higher, the defects are others."""
    for finding in ledger.comparison.swapped:
        message = (
            f"a new {finding.rule} where another was fixed: the count is no higher, but this one was never accepted"
        )
        yield replace(
            finding,
            rule=RULE.id,
            severity=RULE.severity,
            message=message,
            digest=f"{finding.rule}{finding.digest}",
            related=(),
        )


RULE = Rule(
    "GP902",
    "same-count-swap",
    Severity.ERROR,
    "a new defect behind a fixed one, so that the count looks unchanged",
    judge=judge,
)
