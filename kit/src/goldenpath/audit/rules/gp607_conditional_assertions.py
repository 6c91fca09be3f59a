from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Tests all of whose assertions stand below a condition that has no other side."""
    for view, seen in inspection.odd_tests("conditional"):
        message = "checks something only if a condition holds, and nothing says that it ever does"
        yield at_sighting(RULE, view, seen, message)


RULE = Rule(
    "GP607", "conditional-assertions", Severity.INFO, "a test that checks nothing unless a condition holds", find
)
