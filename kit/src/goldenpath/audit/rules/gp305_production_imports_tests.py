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
            target = imports.target(view, row)
            if target is not None and target.place.in_tests:
                message = f"production code imports {target.path}, which belongs to the tests"
                yield at_line(RULE, view, row.span[0], row.span[1], message, row.scope, f"{row.module}:{row.name}")


RULE = Rule("GP305", "production-imports-tests", Severity.WARNING, "production code that imports test code", find)
