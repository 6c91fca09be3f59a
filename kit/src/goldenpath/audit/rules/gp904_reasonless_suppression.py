from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.ledger import Ledger
from goldenpath.audit.rule import Rule, at_line


def judge(ledger: Ledger) -> Iterator[Finding]:
    """Suppressions that do not say why, or of which rule."""
    for used in ledger.suppressions:
        if used.malformed:
            yield at_line(RULE, used.view, used.row.line, 0, f"is not understood: {used.malformed}", digest="malformed")
        elif not used.row.reason:
            yield at_line(RULE, used.view, used.row.line, 0, 'does not say why; add reason="..."', digest="reason")
        elif not used.row.rules:
            yield at_line(
                RULE,
                used.view,
                used.row.line,
                0,
                "suppresses every rule; name the one that is meant: ignore[GP602]",
                digest="rules",
            )


RULE = Rule(
    "GP904", "reasonless-suppression", Severity.WARNING, "a suppression that does not say why, or of what", judge=judge
)
