from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Test code that starts containers by itself, outside of the canonical module."""
    canonical = inspection.project.config.canonical.get("containers", "")
    for view in inspection.project.test_views("infrastructure"):
        if canonical and fnmatch(view.path, canonical):
            continue
        for seen in view.sightings("infrastructure"):
            if seen.kind == "container":
                message = (
                    f"runs {seen.detail} by hand: nobody waits until it is ready, and nobody removes it after a crash"
                )
                yield at_sighting(RULE, view, seen, message)


RULE = Rule("GP704", "container-script", Severity.WARNING, "a test that handles containers by hand", find)
