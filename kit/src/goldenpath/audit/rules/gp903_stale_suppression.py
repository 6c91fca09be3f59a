from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.ledger import Ledger
from goldenpath.audit.rule import Rule, at_line


def judge(ledger: Ledger) -> Iterator[Finding]:
    """Suppressions that suppress nothing; where the baseline is locked, its fixed entries too."""
    for used in ledger.suppressions:
        if used.judged and not used.matched and not used.expired and not used.malformed:
            names = ", ".join(used.row.rules) or "anything"
            yield at_line(
                RULE,
                used.view,
                used.row.line,
                0,
                f"suppresses {names}, and there is nothing to suppress; remove it",
                digest=names,
            )
    if ledger.locked:
        for rule, path, scope, digest, ordinal in sorted(ledger.comparison.fixed):
            where = f"{path} {scope}".strip()
            message = f"the baseline still accepts a fixed {rule} in {where}; run goldenpath audit, commit the result"
            yield Finding(
                RULE.id,
                Severity.ERROR,
                ledger.baseline_path,
                1,
                0,
                message,
                f"{path} {scope}",
                f"{rule}{digest}{ordinal}",
            )


RULE = Rule(
    "GP903", "stale-suppression", Severity.WARNING, "a suppression of something that is no longer there", judge=judge
)
