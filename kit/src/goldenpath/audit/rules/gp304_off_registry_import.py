from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.registry import load_registry
from goldenpath.audit.rule import Rule, at_line


def find(inspection: Inspection) -> Iterator[Finding]:
    """Imports of a registered symbol from another module than the registered one."""
    config = inspection.project.config
    if not config.registry:
        return
    registry = load_registry(config.root / config.registry)
    resolver = inspection.resolver
    for view in inspection.project.views("imports"):
        for row in view.imports:
            canonical = registry.get(row.name, "")
            if (
                not canonical
                or row.level
                or row.module == canonical
                or row.module.partition(".")[0] != canonical.partition(".")[0]
            ):
                continue
            here = resolver.absolute(f"{row.module}.{row.name}", view)
            there = resolver.absolute(f"{canonical}.{row.name}", view)
            same = here.kind in {"class", "function", "value"} and (here.view, here.row, here.name) == (
                there.view,
                there.row,
                there.name,
            )
            if same and resolver.module(canonical, view) is not view:
                message = f"{row.name} comes from {canonical}, not from {row.module}"
                yield at_line(RULE, view, row.span[0], row.span[1], message, row.scope, f"{row.module}:{row.name}")


RULE = Rule(
    "GP304", "off-registry-import", Severity.WARNING, "a symbol imported from elsewhere than the registry says", find
)
