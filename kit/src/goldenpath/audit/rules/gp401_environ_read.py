from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Single variables of the process environment read by tests."""
    for view in inspection.project.test_views("environ"):
        for seen in view.sightings("environ"):
            if seen.kind == "read":
                name = seen.detail or "a variable"
                yield at_sighting(
                    RULE,
                    view,
                    seen,
                    f"reads {name} from os.environ, which no test declared; use get_env() or a fixture",
                )


RULE = Rule(
    "GP401",
    "environ-read",
    Severity.INFO,
    "a test that reads the process environment behind everyone's back",
    find,
    fixable=True,
)
