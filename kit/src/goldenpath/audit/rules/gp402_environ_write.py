from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Writes to the process environment, which outlive the test that made them."""
    for view in inspection.project.test_views("environ"):
        for seen in view.sightings("environ"):
            if seen.kind == "write":
                name = seen.detail or "the environment"
                yield at_sighting(
                    RULE,
                    view,
                    seen,
                    f"changes {name} in os.environ for every later test; use monkeypatch.setenv or get_env().overlay()",
                )


RULE = Rule(
    "GP402", "environ-write", Severity.WARNING, "a test that changes the process environment for every later one", find
)
