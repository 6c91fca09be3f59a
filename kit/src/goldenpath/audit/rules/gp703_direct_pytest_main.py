from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """`pytest.main()` in collected test files."""
    for view in inspection.project.views("infrastructure"):
        if view.place.kind != "test":
            continue
        for seen in view.sightings("infrastructure"):
            if seen.kind == "pytest.main":
                yield at_sighting(RULE, view, seen, "starts pytest from a test file, past the runner and its settings")


RULE = Rule("GP703", "direct-pytest-main", Severity.INFO, "a test file that starts pytest itself", find)
