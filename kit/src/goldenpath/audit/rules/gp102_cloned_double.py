from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from goldenpath.audit.facts import Class
from goldenpath.audit.finding import Finding, Related, Severity
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.project import View
from goldenpath.audit.rule import Rule, at_definition

_WORTH_A_WORD = 4
"""Statements below which two classes may be equal by chance."""


def find(inspection: Inspection) -> Iterator[Finding]:
    """Doubles whose bodies are the same, whatever they are called."""
    by_shape: dict[tuple[str, tuple[str, ...]], list[tuple[View, Class]]] = defaultdict(list)
    for view, row, _ in inspection.doubles:
        if row.shape and row.weight >= _WORTH_A_WORD:
            by_shape[(row.shape, tuple(base.rpartition(".")[2] for base in row.bases))].append((view, row))
    for members in by_shape.values():
        first_view, first = members[0]
        for view, row in members[1:]:
            if (view.path, row.qualname) == (first_view.path, first.qualname) or not inspection.project.reports(
                view.path
            ):
                continue
            origin = Related(first_view.path, first.span[0], f"{first.name} has the same body")
            yield at_definition(
                RULE, view, row, f"{row.name} is a copy of {first.name} in {first_view.path}:{first.span[0]}", [origin]
            )


RULE = Rule(
    "GP102", "cloned-double", Severity.WARNING, "a double copied from another one, renamed or not", find, fixable=True
)
