from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from goldenpath.audit.facts import Class, Function
from goldenpath.audit.finding import Finding, Related, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View
from goldenpath.audit.rule import Rule, at_definition


def find(inspection: Inspection) -> Iterator[Finding]:
    """Tests with the same body, decorators and fixtures, whose names mean the same where they stand."""
    groups: dict[tuple[str, ...], list[tuple[View, Function]]] = defaultdict(list)
    test_files = [view for view in inspection.project.everywhere("outline") if view.place.kind == "test"]
    asked = {body for view in inspection.project.test_views("outline") for body in view.outline.bodies}
    counted = Counter(body for view in test_files for body in view.outline.bodies if body in asked)
    repeated = {body for body, count in counted.items() if count > 1}
    for view in test_files:
        if repeated.isdisjoint(view.outline.bodies):
            continue
        for function, owner in inspection.tests(view):
            if function.body in repeated and not inspection.is_skipped(function):
                groups[
                    (function.body, str(function.weight), str(function.is_async), *_home(view, function, owner))
                ].append((view, function))
    for members in groups.values():
        first_view, first = members[0]
        for view, function in members[1:]:
            if (view.path, function.qualname) != (first_view.path, first.qualname) and inspection.project.reports(
                view.path
            ):
                origin = Related(first_view.path, first.span[0], "the same body")
                message = f"{function.name} is the same test as {first.name} in {first_view.path}:{first.span[0]}"
                yield at_definition(RULE, view, function, message, [origin])


def _home(view: View, function: Function, owner: Class | None) -> tuple[str, ...]:
    """How far a body means the same: its class, its file, its folder when fixtures come in, or the project."""
    if function.reach == "class":
        return view.path, owner.qualname if owner else ""
    local = {row.name for row in view.functions}
    if function.reach == "file" or not local.isdisjoint(function.params):
        return (view.path,)
    return (view.package,) if function.params else ()


RULE = Rule("GP705", "identical-test", Severity.WARNING, "two tests with the same body", find)
