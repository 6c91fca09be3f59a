from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.registry import load_registry
from goldenpath.audit.resolution import Symbol
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
            for name in row.names if not row.level else ():
                canonical = registry.get(name, "")
                if row.module != canonical and row.module.partition(".")[0] == canonical.partition(".")[0]:
                    here = resolver.absolute(f"{row.module}.{name}", view)
                    there = resolver.absolute(f"{canonical}.{name}", view)
                    if _same(here, there) and resolver.module(canonical, view) is not view:
                        message = f"{name} comes from {canonical}, not from {row.module}"
                        yield at_line(RULE, view, row.span[0], row.span[1], message, row.scope, f"{row.module}:{name}")


def _same(here: Symbol, there: Symbol) -> bool:
    one, other = ((symbol.view, symbol.row, symbol.name) for symbol in (here, there))
    return here.kind in {"class", "function", "value"} and one == other


RULE = Rule(
    "GP304", "off-registry-import", Severity.WARNING, "a symbol imported from elsewhere than the registry says", find
)
