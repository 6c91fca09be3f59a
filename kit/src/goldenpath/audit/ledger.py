"""What became of the findings: suppressed, accepted, fixed or new; and what the books themselves do wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from goldenpath.audit.baseline import Baseline, Comparison, Identity
from goldenpath.audit.facts import Suppression
from goldenpath.audit.finding import Finding
from goldenpath.audit.project import Project, View


@dataclass(frozen=True)
class Used:
    """One inline suppression and what it did."""

    view: View
    row: Suppression
    matched: int
    judged: bool
    """Every rule it names was run, so that matching nothing means something."""
    expired: bool
    malformed: str = ""


@dataclass(frozen=True)
class Ledger:
    """The books of one run."""

    project: Project
    baseline_path: str
    comparison: Comparison
    suppressions: list[Used]
    grown: frozenset[Identity]
    """Entries that the reference baseline does not have."""
    shrunk: frozenset[Identity]
    """Entries that only the reference baseline has."""
    locked: bool
    score: float
    score_before: float | None


def suppress(
    project: Project, findings: list[Finding], rules_run: Iterable[str], today: date
) -> tuple[list[Finding], list[Finding], list[Used]]:
    """Split findings into standing and suppressed ones; an expired suppression suppresses nothing."""
    run = tuple(rules_run)
    by_path: dict[str, list[Finding]] = {}
    for finding in findings:
        by_path.setdefault(finding.path, []).append(finding)
    suppressed: set[int] = set()
    used: list[Used] = []
    for view in project.views("suppressions"):
        for row in view.suppressions:
            expired, malformed = _expiry(row, today)
            hits = [finding for finding in by_path.get(view.path, ()) if _covers(row, finding)]
            if not expired and not malformed:
                suppressed.update(id(finding) for finding in hits)
            judged = all(any(rule.startswith(name) for rule in run) for name in row.rules)
            used.append(Used(view, row, len(hits), judged, expired, malformed))
    standing = [finding for finding in findings if id(finding) not in suppressed]
    return standing, [finding for finding in findings if id(finding) in suppressed], used


def _expiry(row: Suppression, today: date) -> tuple[bool, str]:
    if not row.until:
        return False, ""
    try:
        return date.fromisoformat(row.until) < today, ""
    except ValueError:
        return False, f"until={row.until} is no date such as 2027-01-31"


def _covers(row: Suppression, finding: Finding) -> bool:
    if row.rules and not finding.rule.startswith(tuple(row.rules)):
        return False
    return row.applies_to == 0 or finding.line <= row.applies_to <= max(finding.end_line, finding.line)


def reference_changes(
    current: Baseline | None, reference: Baseline | None
) -> tuple[frozenset[Identity], frozenset[Identity]]:
    """What the baseline has gained and lost against the one of another revision."""
    if current is None or reference is None:
        return frozenset(), frozenset()
    return current.entries - reference.entries, reference.entries - current.entries
