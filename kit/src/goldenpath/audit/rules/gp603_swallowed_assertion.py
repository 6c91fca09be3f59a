from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Assertions inside a `try` whose handler catches their failure and goes on as if nothing had happened."""
    for view in inspection.project.views("oddities"):
        if view.place.kind != "test":
            continue
        collected = {function.qualname for function, _ in inspection.tests(view)}
        for seen in view.sightings("oddities"):
            if seen.kind == "swallowed" and seen.scope in collected:
                yield at_sighting(
                    RULE, view, seen, f"catches {seen.detail} and goes on, so the assertions above it cannot fail"
                )


RULE = Rule("GP603", "swallowed-assertion", Severity.ERROR, "an assertion whose failure a broad handler swallows", find)
