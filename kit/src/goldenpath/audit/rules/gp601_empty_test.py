from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_definition


def find(inspection: Inspection) -> Iterator[Finding]:
    """Tests with no statement that does anything, and nothing around them that might."""
    for view in inspection.suspicious():
        for function, owner in inspection.tests(view):
            if (
                not function.empty
                or inspection.is_skipped(function)
                or (owner is not None and inspection.is_skipped(owner))
            ):
                continue
            handed = [name for name in function.params if name not in {"self", "cls"}]
            if (
                handed
                or function.decorators
                or (owner is not None and (owner.decorators or owner.name in inspection.inherited_names))
            ):
                continue
            if not inspection.prepares(view, owner):
                yield at_definition(RULE, view, function, f"{function.name} does nothing, so it cannot fail")


RULE = Rule("GP601", "empty-test", Severity.ERROR, "a test whose body does nothing", find)
