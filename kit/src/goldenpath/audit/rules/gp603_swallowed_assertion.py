from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Assertions inside a `try` whose handler catches their failure and goes on as if nothing had happened."""
    for view, seen in inspection.odd_tests("swallowed"):
        message = f"catches {seen.detail} and goes on, so the assertions above it cannot fail"
        yield at_sighting(RULE, view, seen, message)


RULE = Rule("GP603", "swallowed-assertion", Severity.ERROR, "an assertion whose failure a broad handler swallows", find)
