from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Test functions defined inside a test that nothing there ever reads."""
    for view, seen in inspection.odd_tests("nested"):
        message = f"{seen.detail} is defined inside {seen.scope} and never read there, so it never runs"
        yield at_sighting(RULE, view, seen, message)


RULE = Rule("GP504", "nested-test", Severity.ERROR, "a test inside a test, which nothing ever calls", find)
