from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.drift import Pair, pairs
from goldenpath.audit.facts import Method
from goldenpath.audit.finding import Finding, Related, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_line
from goldenpath.audit.vocabulary import HELPER_METHOD


def find(inspection: Inspection) -> Iterator[Finding]:
    """Public methods of a double that its real class lacks, and that no test calls itself."""
    for pair in pairs(inspection):
        if not pair.closed or not _is_closed_double(inspection, pair):
            continue
        members = pair.ancestry.members()
        for method in pair.double.methods:
            if method.name in members or _serves_tests(inspection, pair, method):
                continue
            message = f"{pair.real.name} has no {method.name}(), so nothing real can be calling it"
            origin = Related(pair.real_view.path, pair.real.span[0], f"{pair.real.name} is defined here")
            yield at_line(RULE, pair.view, method.line, 0, message, pair.double.qualname, method.name, [origin])


def _is_closed_double(inspection: Inspection, pair: Pair) -> bool:
    """Only the real class and its kin may be above the double: another base may ask for the method."""
    own = {(view.path, row.qualname) for view, row in inspection.ancestry(pair.view, pair.double).classes[1:]}
    return own <= {(view.path, row.qualname) for view, row in pair.ancestry.classes} and not _has_strange_base(
        inspection, pair
    )


def _has_strange_base(inspection: Inspection, pair: Pair) -> bool:
    ancestry = inspection.ancestry(pair.view, pair.double)
    return not ancestry.certain or not ancestry.external <= pair.ancestry.external | {"object"}


def _serves_tests(inspection: Inspection, pair: Pair, method: Method) -> bool:
    if method.kind != "method" or HELPER_METHOD.match(method.name):
        return True
    if method.name in inspection.project.config.helper_methods or method.name in pair.view.namespace.touched:
        return True
    return any(
        method.name in view.namespace.touched
        for view in inspection.project.everywhere("namespace")
        if view.place.in_tests and any(pair.double.name in row.names for row in view.imports)
    )


RULE = Rule("GP201", "phantom-method", Severity.WARNING, "a double's method that the real class does not have", find)
