from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_sighting


def find(inspection: Inspection) -> Iterator[Finding]:
    """Syntax that the lowest Python the project supports cannot parse."""
    target = inspection.project.config.target
    if target is None:
        return
    for view in inspection.project.views("syntax"):
        if inspection.may_be_left_out(view):
            continue
        for seen in view.sightings("syntax"):
            major, minor = (int(part) for part in seen.detail.split("."))
            if (major, minor) > target:
                wanted = ".".join(map(str, target))
                yield at_sighting(
                    RULE, view, seen, f"{seen.extra} needs Python {seen.detail}, and the project supports {wanted}"
                )


RULE = Rule("GP003", "newer-than-target", Severity.ERROR, "syntax that the lowest supported Python cannot parse", find)
