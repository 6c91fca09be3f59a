from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_line


def find(inspection: Inspection) -> Iterator[Finding]:
    """Imports of names that this project's own packages do not have."""
    imports = inspection.imports
    for view in inspection.project.views("imports"):
        for broken in imports.broken(view):
            row = broken.row
            yield at_line(
                RULE,
                view,
                row.span[0],
                row.span[1],
                f"{broken.name} does not exist in this project",
                row.scope,
                broken.name,
            )


RULE = Rule(
    "GP303",
    "unresolved-internal-import",
    Severity.ERROR,
    "an import of a name that the project's own package lacks",
    find,
)
