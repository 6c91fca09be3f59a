"""What a checker counts: obligations, those kept, and a bounded selection of what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import reduce
from operator import attrgetter, or_
from typing import Final

from goldenpath.contracts.clause import Run
from goldenpath.contracts.contract import EventContract
from goldenpath.contracts.report import Coverage, Report, Violation
from goldenpath.contracts.rules import RULES
from goldenpath.contracts.shape import shown

KEPT_VIOLATIONS: Final = 1_000


def label(key: object) -> str:
    """A run's key, for messages."""
    return key if isinstance(key, str) else shown(key)


class Tally:
    """Counts stay exact however many violations there are; only the details beyond a bound are dropped.

    Errors and warnings are bounded apart, so that a flood of warnings cannot push the first error out of the report.
    """

    def __init__(self, contract: EventContract) -> None:
        self._contract: Final = contract
        self._kept: Final[dict[str, list[Violation]]] = {"error": [], "warning": []}
        self._omitted = 0
        self._reasons: dict[str, None] = {}
        self._faulty = -1
        self._due = False
        self._failed = False
        self.saw = 0
        self.obligations = 0
        self.broken = 0

    def count(self, violation: Violation) -> None:
        """Count a violation, and keep its details while there is room.

        Each event owes one thing, however much is wrong with it.
        """
        kept = self._kept[violation.severity]
        if len(kept) < KEPT_VIOLATIONS:
            kept.append(violation)
        else:
            self._omitted += 1
        if violation.severity != "error":
            return
        if self._due:
            self._failed = True
        elif violation.index != self._faulty:
            self._faulty = violation.index
            self.broken += 1

    def fall_due(self, obligation: Callable[[], object]) -> None:
        """An obligation of a run falls due: errors counted while it is looked at break it, not the event at hand."""
        self._due, self._failed = True, False
        obligation()
        self._due = False
        self.obligations += 1
        self.broken += self._failed

    def give_up(self, reason: str) -> None:
        """Remember why the verdict cannot be complete."""
        self._reasons[reason] = None

    def report(self, events: int, runs: int, running: Collection[Run]) -> Report:
        """All of it as a report; `running` are the runs that have not ended."""
        reasons = list(self._reasons)
        if not events:
            reasons.append("there were no events")
        elif not runs:
            reasons.append("no event belonged to a run")
        reasons += [f"run {label(run.key)} has not ended" for run in running]
        contract = self._contract
        obligations = self.obligations + events
        return Report(
            contract=contract.name,
            events=events,
            runs=runs,
            obligations=obligations,
            kept=obligations - self.broken,
            violations=tuple(sorted([*self._kept["error"], *self._kept["warning"]], key=attrgetter("index"))),
            omitted=self._omitted,
            coverage=self._coverage(reduce(or_, (run.marks for run in running), self.saw)),
            inconclusive=tuple(reasons),
            rules=tuple(rule for rule in RULES.values() if contract.severity(rule.id) != "off"),
        )

    def _coverage(self, saw: int) -> Coverage:
        machine = self._contract.machine
        return Coverage(
            types={type_: bool(saw & mark) for type_, mark in machine.came.items()},
            transitions={step: bool(saw & mark) for step, mark in machine.went.items()},
        )
