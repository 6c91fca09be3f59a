from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.facts import Class
from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View
from goldenpath.audit.rule import Rule, at_definition


def find(inspection: Inspection) -> Iterator[Finding]:
    """Classes of test files that hold tests, that no runner collects by their name, and that nobody uses otherwise."""
    layout = inspection.project.layout
    for view in inspection.project.views("classes"):
        if view.place.kind != "test" or not any(
            "t" in row.traits and not layout.collects_class(row.name) for row in view.outline.classes
        ):
            continue
        for row in view.classes:
            if (
                row.where != "module"
                or row.collected
                or row.dynamic
                or row.decorators
                or layout.collects_class(row.name)
                or row.name.startswith("_")
            ):
                continue
            tests = [
                method
                for method in row.methods
                if method.name.startswith("test_") and layout.collects_function(method.name) and method.kind == "method"
            ]
            if (
                not tests
                or inspection.is_case(inspection.ancestry(view, row)) is not False
                or _is_used(inspection, view, row)
            ):
                continue
            wanted = " or ".join(
                f"{pattern}*" if pattern.isidentifier() else pattern for pattern in layout.class_patterns
            )
            yield at_definition(
                RULE, view, row, f"{row.name} is not called {wanted}, so its {len(tests)} test(s) never run"
            )


def _is_used(inspection: Inspection, view: View, row: Class) -> bool:
    """Inherited from, imported, or mentioned in its own file: then it is a mixin or a helper."""
    return (
        row.name in inspection.inherited_names
        or row.name in inspection.imported_names
        or row.name in inspection.mentioned(view)
        or any(name in row.name for name in ("Mixin", "Base", "Abstract", "Suite"))
    )


RULE = Rule("GP502", "class-not-collected", Severity.ERROR, "tests in a class whose name no runner collects", find)
