from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Changes to `sys.path` in test code."""
    for view in inspection.project.test_views("infrastructure"):
        for seen in view.sightings("infrastructure"):
            if seen.kind == "sys.path":
                yield at_sighting(
                    RULE,
                    view,
                    seen,
                    "changes sys.path for every later import; install the package, or set pythonpath for pytest",
                )


RULE = Rule("GP306", "sys-path-surgery", Severity.WARNING, "a test that changes sys.path", find)
