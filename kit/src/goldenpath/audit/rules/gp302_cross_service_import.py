from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_line


def find(inspection: Inspection) -> Iterator[Finding]:
    """Imports of one service's modules by another service."""
    if len(inspection.project.layout.services) < 2:
        return
    imports = inspection.imports
    for view in inspection.project.views("imports"):
        if not view.place.service:
            continue
        seen: set[tuple[int, str]] = set()
        for row in view.imports:
            for target in imports.targets(view, row):
                if target.place.service in {"", view.place.service} or (row.span[0], target.path) in seen:
                    continue
                seen.add((row.span[0], target.path))
                message = f"{view.place.service} imports {target.path} of {target.place.service}"
                yield at_line(RULE, view, row.span[0], row.span[1], message, row.scope, target.path)


RULE = Rule("GP302", "cross-service-import", Severity.WARNING, "one service imports the code of another", find)
