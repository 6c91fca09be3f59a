from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Skips in a handler that catches everything: whatever breaks, the test is skipped."""
    for view, seen in inspection.odd("skip-in-except"):
        message = "skips whatever breaks, the product included; catch only the error that means 'not here'"
        yield at_sighting(RULE, view, seen, message)


RULE = Rule("GP604", "skip-in-except", Severity.WARNING, "a skip in a handler that catches everything", find)
