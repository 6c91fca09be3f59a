from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Skips in a handler that catches everything: whatever breaks, the test is skipped."""
    for view in inspection.project.test_views("oddities"):
        for seen in view.sightings("oddities"):
            if seen.kind == "skip-in-except":
                yield at_sighting(
                    RULE,
                    view,
                    seen,
                    "skips whatever breaks, the product included; catch only the error that means 'not here'",
                )


RULE = Rule("GP604", "skip-in-except", Severity.WARNING, "a skip in a handler that catches everything", find)
