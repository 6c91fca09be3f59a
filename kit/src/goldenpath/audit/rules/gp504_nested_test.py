from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Test functions defined inside a test that nothing there ever reads."""
    for view in inspection.project.views("oddities"):
        if view.place.kind != "test":
            continue
        collected = {function.qualname for function, _ in inspection.tests(view)}
        for seen in view.sightings("oddities"):
            if seen.kind == "nested" and seen.scope in collected:
                yield at_sighting(
                    RULE,
                    view,
                    seen,
                    f"{seen.detail} is defined inside {seen.scope} and never read there, so it never runs",
                )


RULE = Rule("GP504", "nested-test", Severity.ERROR, "a test inside a test, which nothing ever calls", find)
