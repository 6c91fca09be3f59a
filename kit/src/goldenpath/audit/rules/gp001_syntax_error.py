from __future__ import annotations

import sys
from collections.abc import Iterator

from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.rule import Rule, at_line


def find(inspection: Inspection) -> Iterator[Finding]:
    """Files that no Python up to the running one can parse, and that the target cannot parse either."""
    target = inspection.project.config.target or sys.version_info[:2]
    if target > sys.version_info[:2]:
        return
    for view in inspection.project.views("problems"):
        for problem in view.problems:
            if problem.rule == RULE.id and not view.place.broken_on_purpose and not inspection.may_be_left_out(view):
                yield at_line(
                    RULE,
                    view,
                    problem.line,
                    problem.column,
                    f"syntax error: {problem.message}; nothing in this file runs",
                )


RULE = Rule("GP001", "syntax-error", Severity.ERROR, "a file that does not parse, so nothing in it runs", find)
