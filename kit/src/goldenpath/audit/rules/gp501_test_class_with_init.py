from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_definition


def find(inspection: Inspection) -> Iterator[Finding]:
    """Plain test classes with a constructor, which pytest leaves out with no more than a warning."""
    layout = inspection.project.layout
    for view in inspection.project.views("classes"):
        if view.place.kind != "test" or not any(
            "t" in row.traits and ("i" in row.traits or row.bases) for row in view.outline.classes
        ):
            continue
        for row in view.classes:
            if row.where == "function" or row.collected or row.dynamic or not layout.collects_class(row.name):
                continue
            tests = [method.name for method in row.methods if layout.collects_function(method.name)]
            ancestry = inspection.ancestry(view, row)
            if not tests or inspection.is_case(ancestry) is not False:
                continue
            maker = next(
                (
                    (place, each)
                    for place, each in ancestry.classes
                    for method in each.methods
                    if method.name in {"__init__", "__new__"}
                ),
                None,
            )
            if maker is not None:
                where = "" if maker[1] is row else f" (inherited from {maker[1].name})"
                yield at_definition(
                    RULE, view, row, f"{row.name} has a constructor{where}, so pytest never runs its {_count(tests)}"
                )


def _count(tests: list[str]) -> str:
    return "1 test" if len(tests) == 1 else f"{len(tests)} tests"


RULE = Rule(
    "GP501", "test-class-with-init", Severity.ERROR, "a test class with a constructor, which is never collected", find
)
