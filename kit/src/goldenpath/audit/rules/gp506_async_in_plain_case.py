from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import PLAIN_CASES, Inspection
from goldenpath.audit.resolution import PLAIN_BASES
from goldenpath.audit.rule import Rule, at_definition


def find(inspection: Inspection) -> Iterator[Finding]:
    """Coroutine tests of a plain `unittest.TestCase`, which makes the coroutine, never awaits it and passes."""
    for view in inspection.project.views("classes"):
        if not view.place.in_tests or not any("a" in row.traits for row in view.outline.classes):
            continue
        for row in view.classes:
            tests = [
                method
                for method in row.methods
                if method.is_async and method.name.startswith("test") and method.kind == "method"
            ]
            if not tests or row.decorators:
                continue
            ancestry = inspection.ancestry(view, row)
            if (
                not ancestry.certain
                or not ancestry.external & PLAIN_CASES
                or not ancestry.external <= PLAIN_CASES | PLAIN_BASES
            ):
                continue
            if any(
                method.name in {"run", "__call__", "_callTestMethod", "__getattribute__"}
                for _, each in ancestry.classes
                for method in each.methods
            ):
                continue
            for method in tests:
                function = view.function_named.get(f"{row.qualname}.{method.name}")
                if (
                    function is not None
                    and inspection.plainly_decorated(function)
                    and not inspection.is_skipped(function)
                ):
                    yield at_definition(
                        RULE,
                        view,
                        function,
                        f"{method.name} is async in a plain TestCase: it is never awaited and always passes",
                    )


RULE = Rule(
    "GP506",
    "async-in-plain-case",
    Severity.ERROR,
    "an async test in a plain TestCase, which passes without running",
    find,
    fixable=True,
)
