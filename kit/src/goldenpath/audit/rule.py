"""What a rule is: an id, a weight, an area, and a function that finds what it is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from goldenpath.audit.facts import Class, Function, Sighting
from goldenpath.audit.finding import Finding, Related, Severity

if TYPE_CHECKING:
    from goldenpath.audit.inspection import Inspection
    from goldenpath.audit.ledger import Ledger
    from goldenpath.audit.project import View

AREAS: Final = {
    "0": "syntax",
    "1": "sprawl",
    "2": "drift",
    "3": "imports",
    "4": "environment",
    "5": "ghosts",
    "6": "hollow",
    "7": "infrastructure",
    "9": "ledger",
}
"""The area a rule belongs to, by the first digit of its number."""

Finder = Callable[["Inspection"], Iterator[Finding]]
Judge = Callable[["Ledger"], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """One rule. Its page in `docs/rules` explains it; the examples there are its tests."""

    id: str
    name: str
    severity: Severity
    summary: str
    find: Finder | None = None
    """Looks at the project's facts."""
    judge: Judge | None = None
    """Looks at what became of the findings, for the rules that keep the books."""
    fixable: bool = False
    """Whether `goldenpath migrate` mends it."""

    @property
    def area(self) -> str:
        """What it is about, in one word."""
        return AREAS[self.id[2]]


def at_sighting(rule: Rule, view: View, seen: Sighting, message: str, related: Sequence[Related] = ()) -> Finding:
    """A finding about a sighting."""
    first, column, last, end = seen.span
    return Finding(
        rule.id, rule.severity, view.path, first, column, message, seen.scope, seen.digest, last, end, tuple(related)
    )


def at_definition(
    rule: Rule, view: View, row: Class | Function, message: str, related: Sequence[Related] = ()
) -> Finding:
    """A finding about a class or function: known again by its qualified name, whatever its body becomes."""
    first, column, last, end = row.span
    return Finding(
        rule.id, rule.severity, view.path, first, column, message, row.qualname, "", last, end, tuple(related)
    )


def at_line(
    rule: Rule,
    view: View,
    line: int,
    column: int,
    message: str,
    scope: str = "",
    digest: str = "",
    related: Sequence[Related] = (),
) -> Finding:
    """A finding about a line."""
    return Finding(
        rule.id, rule.severity, view.path, line, column, message, scope, digest, line, column, tuple(related)
    )
