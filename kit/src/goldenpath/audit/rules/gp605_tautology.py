from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Assertions that hold whatever the code does, in tests that hold no other; asserted tuples everywhere."""
    for view, seen in inspection.odd_tests("tautology"):
        yield at_sighting(RULE, view, seen, f"asserts {seen.detail}, which holds whatever the code does")


RULE = Rule("GP605", "tautology", Severity.ERROR, "an assertion that cannot fail", find)
