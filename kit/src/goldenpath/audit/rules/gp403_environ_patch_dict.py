from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """`patch.dict(os.environ, ...)`: undone afterwards, but shared by everything that runs meanwhile."""
    for view in inspection.project.test_views("environ"):
        for seen in view.sightings("environ"):
            if seen.kind == "patch":
                yield at_sighting(
                    RULE,
                    view,
                    seen,
                    "patch.dict(os.environ) is seen by every task that runs meanwhile; use get_env().overlay()",
                )


RULE = Rule(
    "GP403", "environ-patch-dict", Severity.INFO, "the environment patched for everything that runs meanwhile", find
)
