from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.facts import Class, Function
from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View
from goldenpath.audit.rule import Rule, at_definition
from goldenpath.audit.vocabulary import promises_check, promises_survival


def find(inspection: Inspection) -> Iterator[Finding]:
    """Tests that call things and look at nothing; a helper that nobody can follow counts as a check."""
    for view in inspection.suspicious():
        for function, owner in inspection.tests(view):
            if function.empty or function.yields or function.asserts or _may_check(inspection, view, function, owner):
                continue
            if not inspection.checks(view, function):
                yield at_definition(
                    RULE, view, function, f"{function.name} checks nothing: it fails only if something raises"
                )


def _may_check(inspection: Inspection, view: View, function: Function, owner: Class | None) -> bool:
    if (
        promises_survival(function.name)
        or inspection.is_skipped(function)
        or (owner is not None and inspection.is_skipped(owner))
    ):
        return True
    if not inspection.plainly_decorated(function) or inspection.prepares(view, owner):
        return True
    for name in function.params:
        if name in {"self", "cls"}:
            continue
        if promises_check(name) or name in {
            "benchmark",
            "snapshot",
            "regtest",
            "data_regression",
            "file_regression",
            "num_regression",
            "pytester",
            "testdir",
        }:
            return True
        if any(fixture.asserts for _, fixture in inspection.fixtures.get(name, ())):
            return True
    return False


RULE = Rule("GP602", "no-assertion", Severity.WARNING, "a test that checks nothing", find)
