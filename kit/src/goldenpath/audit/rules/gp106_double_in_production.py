from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.facts import Import
from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_definition, at_line
from goldenpath.audit.vocabulary import role_of


def find(inspection: Inspection) -> Iterator[Finding]:
    """Production files that import `unittest.mock`, or define `Mock…` and `Fake…` classes."""
    layout = inspection.project.layout
    for view in inspection.project.views("imports", "classes"):
        if view.place.in_tests or view.place.infrastructure or layout.ships_test_tools(view.path):
            continue
        for row in view.imports:
            if row.level == 0 and not row.guard and _is_mock(row):
                yield at_line(
                    RULE,
                    view,
                    row.span[0],
                    row.span[1],
                    "production code imports unittest.mock",
                    row.scope,
                    "unittest.mock",
                )
        if not any(each.name.startswith(("Mock", "Fake")) for each in view.outline.classes):
            continue
        for found in view.classes:
            if (
                found.where == "module"
                and found.methods
                and role_of(found.name)
                and found.name.startswith(("Mock", "Fake"))
            ):
                yield at_definition(RULE, view, found, f"{found.name} is a test double in production code")


def _is_mock(row: Import) -> bool:
    return row.module.startswith(("unittest.mock", "pytest_mock")) or (row.module == "unittest" and "mock" in row.names)


RULE = Rule("GP106", "double-in-production", Severity.WARNING, "a test double in production code", find)
