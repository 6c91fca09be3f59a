from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.facts import Class, Function
from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Tests that return what they should have asserted."""
    for view, seen in inspection.odd("returned"):
        test = next((test for test in inspection.tests(view) if test[0].qualname == seen.scope), None)
        if test is not None and _is_plain(inspection, view, *test) and test[0].name not in inspection.mentioned(view):
            yield at_sighting(RULE, view, seen, "returns a value, which nobody looks at; assert it")


def _is_plain(inspection: Inspection, view: View, function: Function, owner: Class | None) -> bool:
    """Nothing around the test can be looking at what it returns."""
    if not inspection.plainly_decorated(function):
        return False
    return owner is None or inspection.is_case(inspection.ancestry(view, owner)) is False


RULE = Rule("GP606", "returned-value", Severity.WARNING, "a test that returns what it should assert", find)
