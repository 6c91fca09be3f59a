from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Tests that return what they should have asserted."""
    for view in inspection.project.views("oddities"):
        if view.place.kind != "test":
            continue
        plain = {
            function.qualname
            for function, owner in inspection.tests(view)
            if inspection.plainly_decorated(function)
            and (owner is None or inspection.is_case(inspection.ancestry(view, owner)) is False)
        }
        for seen in view.sightings("oddities"):
            if (
                seen.kind == "returned"
                and seen.scope in plain
                and seen.scope.rpartition(".")[2] not in inspection.mentioned(view)
            ):
                yield at_sighting(RULE, view, seen, "returns a value, which nobody looks at; assert it")


RULE = Rule("GP606", "returned-value", Severity.WARNING, "a test that returns what it should assert", find)
