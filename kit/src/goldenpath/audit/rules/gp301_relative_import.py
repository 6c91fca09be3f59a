from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_line


def find(inspection: Inspection) -> Iterator[Finding]:
    """Relative imports in test code, one finding per statement, unless the runner names modules by their path."""
    if inspection.project.config.collection.by_path:
        return
    for view in inspection.project.test_views("imports"):
        seen: set[int] = set()
        for row in view.imports:
            if row.level and row.span[0] not in seen:
                seen.add(row.span[0])
                origin = "." * row.level + row.module
                message = f"imports {origin} relatively, which depends on how the tests are started"
                yield at_line(RULE, view, row.span[0], row.span[1], message, row.scope, f"{origin}:{row.names[0]}")


RULE = Rule("GP301", "relative-import", Severity.INFO, "a relative import in a test", find, fixable=True)
