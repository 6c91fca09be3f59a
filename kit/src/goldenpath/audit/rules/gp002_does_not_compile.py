from __future__ import annotations

from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_line


def find(inspection: Inspection) -> Iterator[Finding]:
    """Files that parse, but that the compiler refuses."""
    for view in inspection.project.views("problems"):
        for problem in view.problems:
            if problem.rule == RULE.id and not view.place.broken_on_purpose and not inspection.may_be_left_out(view):
                yield at_line(
                    RULE,
                    view,
                    problem.line,
                    problem.column,
                    f"does not compile: {problem.message}; nothing in this file runs",
                )


RULE = Rule(
    "GP002", "does-not-compile", Severity.ERROR, "a file that parses but does not compile, so nothing in it runs", find
)
