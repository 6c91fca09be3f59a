from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.resolution import PLAIN_BASES
from goldenpath.audit.rule import Rule, at_definition


def find(inspection: Inspection) -> Iterator[Finding]:
    """Tests that yield: calling them makes a generator, and nobody iterates it."""
    for view in inspection.suspicious():
        for function, owner in inspection.tests(view):
            if not function.yields or not inspection.plainly_decorated(function) or inspection.is_skipped(function):
                continue
            if owner is not None:
                ancestry = inspection.ancestry(view, owner)
                if not ancestry.certain or not ancestry.external <= PLAIN_BASES | {
                    "unittest.TestCase",
                    "unittest.IsolatedAsyncioTestCase",
                }:
                    continue
            yield at_definition(
                RULE,
                view,
                function,
                f"{function.name} yields, so calling it only makes a generator and its body never runs",
            )


RULE = Rule("GP507", "yield-test", Severity.ERROR, "a test that yields, whose body never runs", find)
