from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Tests whose name a later definition in the same body takes over."""
    layout = inspection.project.layout
    for view, seen in inspection.odd("shadowed"):
        if view.place.kind != "test" or not (
            layout.collects_function(seen.detail) or layout.collects_class(seen.detail)
        ):
            continue
        owner = view.class_named.get(seen.scope)
        if seen.scope and (owner is None or owner.where == "function" or owner.dynamic):
            continue
        message = f"{seen.detail} is defined again in line {seen.extra}, so this one never runs"
        yield at_sighting(RULE, view, seen, message)


RULE = Rule("GP505", "shadowed-test", Severity.ERROR, "a test that a later definition of the same name replaces", find)
