from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.ledger import Ledger
from goldenpath.audit.rule import Rule


def judge(ledger: Ledger) -> Iterator[Finding]:
    """Entries that the baseline of the reference revision did not have."""
    for rule, path, scope, digest, ordinal in sorted(ledger.grown):
        where = f"{path} {scope}".strip()
        message = f"the baseline accepts one more {rule} in {where}"
        yield Finding(RULE.id, RULE.severity, ledger.baseline_path, 1, 0, message, where, f"{rule}{digest}{ordinal}")


RULE = Rule("GP901", "baseline-grew", Severity.ERROR, "a baseline that accepts more than it did", judge=judge)
