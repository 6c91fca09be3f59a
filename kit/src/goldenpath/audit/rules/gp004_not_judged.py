from __future__ import annotations

import sys
from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_line


def find(inspection: Inspection) -> Iterator[Finding]:
    """Files the audit could not look into, so that its silence about them means nothing."""
    target = inspection.project.config.target or sys.version_info[:2]
    older = target > sys.version_info[:2]
    for view in inspection.project.views("problems"):
        for problem in view.problems:
            if problem.rule == RULE.id:
                yield at_line(RULE, view, problem.line, problem.column, f"not judged: {problem.message}")
            elif problem.rule == "GP001" and older:
                here = ".".join(map(str, sys.version_info[:2]))
                wanted = ".".join(map(str, target))
                yield at_line(
                    RULE,
                    view,
                    problem.line,
                    problem.column,
                    f"not judged: the target is Python {wanted}, this audit runs on {here}",
                )


RULE = Rule("GP004", "not-judged", Severity.WARNING, "a file that could not be looked into", find)
