from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_line


def find(inspection: Inspection) -> Iterator[Finding]:
    """Module-level imports of test code by production code."""
    imports = inspection.imports
    for view in inspection.project.views("imports"):
        if view.place.in_tests or view.place.infrastructure:
            continue
        for row in view.imports:
            if row.scope or row.guard:
                continue
            for target in imports.targets(view, row):
                if target.place.in_tests:
                    message = f"production code imports {target.path}, which belongs to the tests"
                    yield at_line(RULE, view, row.span[0], row.span[1], message, row.scope, target.path)


RULE = Rule("GP305", "production-imports-tests", Severity.WARNING, "production code that imports test code", find)
