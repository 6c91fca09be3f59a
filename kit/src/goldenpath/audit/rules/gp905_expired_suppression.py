from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.ledger import Ledger
from goldenpath.audit.rule import Rule, at_line


def judge(ledger: Ledger) -> Iterator[Finding]:
    """Suppressions whose date has passed, and which suppress nothing any more."""
    for used in ledger.suppressions:
        if used.expired:
            yield at_line(
                RULE,
                used.view,
                used.row.line,
                0,
                f"expired on {used.row.until}; mend what it hid, or set a new date with a reason",
                digest="expired",
            )


RULE = Rule("GP905", "expired-suppression", Severity.ERROR, "a suppression whose date has passed", judge=judge)
