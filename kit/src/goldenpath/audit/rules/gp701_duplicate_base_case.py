from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from goldenpath.audit.facts import Class
from goldenpath.audit.finding import Finding, Related, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View, module_name
from goldenpath.audit.rule import Rule, at_definition


def find(inspection: Inspection) -> Iterator[Finding]:
    """Base test cases beside the canonical one, or, when none is named, several of one name."""
    bases = [(view, row) for view in _candidates(inspection) for row in view.classes if _is_base(inspection, view, row)]
    canonical = inspection.project.config.canonical.get("testcase")
    if canonical:
        yield from _beside(inspection, bases, canonical)
        return
    by_name: dict[str, list[tuple[View, Class]]] = defaultdict(list)
    for view, row in bases:
        by_name[row.name].append((view, row))
    for members in by_name.values():
        first_view, first = members[0]
        for view, row in members[1:]:
            kin = {(place.path, each.qualname) for place, each in inspection.ancestry(view, row).classes}
            if (first_view.path, first.qualname) in kin or not inspection.project.reports(view.path):
                continue
            origin = Related(first_view.path, first.span[0], "the first one")
            yield at_definition(
                RULE, view, row, f"{row.name} is defined in {first_view.path} as well; keep one", [origin]
            )


def _candidates(inspection: Inspection) -> Iterator[View]:
    """The files of the tests with a class that inherits, is inherited, and holds no tests."""
    names = inspection.inherited_names
    for view in inspection.project.everywhere("outline"):
        if view.place.in_tests and any(
            row.bases and row.name in names and "t" not in row.traits for row in view.outline.classes
        ):
            yield view


def _beside(inspection: Inspection, bases: list[tuple[View, Class]], canonical: str) -> Iterator[Finding]:
    module, _, name = canonical.partition(":")
    for view, row in bases:
        kin = inspection.ancestry(view, row)
        if any(each.name == name and module_name(place.path, "").endswith(module) for place, each in kin.classes):
            continue
        if f"{module}.{name}" in kin.external or not inspection.project.reports(view.path):
            continue
        yield at_definition(RULE, view, row, f"{row.name} is a base test case beside {canonical}")


def _is_base(inspection: Inspection, view: View, row: Class) -> bool:
    """A class of the tests that others inherit, that is a test case, and that holds no tests itself."""
    if not view.place.in_tests or row.where != "module" or row.name not in inspection.inherited_names:
        return False
    if any(method.name.startswith("test") for method in row.methods) or not row.methods:
        return False
    return inspection.is_case(inspection.ancestry(view, row)) is True


RULE = Rule("GP701", "duplicate-base-case", Severity.WARNING, "a base test case beside the one there is", find)
