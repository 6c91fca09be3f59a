from __future__ import annotations

import builtins
from collections.abc import Iterator

from goldenpath.audit.facts import Sighting
from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View
from goldenpath.audit.rule import Rule, at_sighting

_FORGIVING = {"create", "raising", "**"}


def find(inspection: Inspection) -> Iterator[Finding]:
    """Patches of attributes that the project's own modules and classes certainly do not have."""
    for view in inspection.project.test_views("patches"):
        if view.has("infrastructure") and any(seen.kind == "sys.modules" for seen in view.sightings("infrastructure")):
            continue
        for seen in view.sightings("patches"):
            if seen.detail and _FORGIVING.isdisjoint(seen.extra.split(",")) and _is_dead(inspection, view, seen):
                yield at_sighting(RULE, view, seen, f"{seen.detail} does not exist, so patching it fails")


def _is_dead(inspection: Inspection, view: View, seen: Sighting) -> bool:
    first, _, rest = seen.detail.partition(".")
    last = seen.detail.rpartition(".")[2]
    if hasattr(builtins, last) or not rest:
        return False
    resolver = inspection.resolver
    if seen.kind in {"patch", "monkeypatch"}:
        owners = inspection.project.packages.get(first, [])
        return len(owners) == 1 and resolver.absolute(seen.detail, view).kind == "missing"
    if seen.kind not in {"patch.object", "monkeypatch.object"}:
        return False
    owner = resolver.resolve(view, seen.detail.rpartition(".")[0])
    return owner.kind in {"class", "module"} and resolver.resolve(view, seen.detail).kind == "missing"


RULE = Rule("GP204", "dead-patch-target", Severity.ERROR, "a patch of something that does not exist", find)
