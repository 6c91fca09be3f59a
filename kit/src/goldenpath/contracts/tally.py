"""What a checker counts: obligations, those kept, and a bounded selection of what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from goldenpath.contracts.contract import EventContract
from goldenpath.contracts.report import Coverage, Report, Violation
from goldenpath.contracts.rules import RULES

KEPT_VIOLATIONS: Final = 1_000


class Tally:
    """Counts stay exact however many violations there are; only the details beyond a bound are dropped.

    Errors and warnings are bounded apart, so that a flood of warnings cannot push the first error out of the report.
    """

    def __init__(self, contract: EventContract) -> None:
        self._contract: Final = contract
        self._kept: Final[dict[str, list[Violation]]] = {"error": [], "warning": []}
        self._omitted = 0
        self._reasons: dict[str, None] = {}
        self._marks = 0
        self.obligations = 0
        self.broken = 0

    def keep(self, violations: Iterable[Violation]) -> None:
        """Keep the details, while there is room."""
        for violation in violations:
            kept = self._kept[violation.severity]
            if len(kept) < KEPT_VIOLATIONS:
                kept.append(violation)
            else:
                self._omitted += 1

    def owe(self, obligations: int, *, broken: int) -> None:
        """Count obligations that fell due, and those of them that were broken."""
        self.obligations += obligations
        self.broken += broken

    def give_up(self, reason: str) -> None:
        """Remember why the verdict cannot be complete."""
        self._reasons[reason] = None

    def saw(self, marks: bytearray) -> int:
        """Take over the transitions that a run went through; answers them as the bytes of one number."""
        seen = int.from_bytes(marks, "little")
        self._marks |= seen
        return seen

    def report(self, events: int, runs: int, running: Iterable[str]) -> Report:
        """All of it as a report; `running` names the runs that have not ended."""
        reasons = list(self._reasons)
        if not events:
            reasons.append("there were no events")
        elif not runs:
            reasons.append("no event belonged to a run")
        reasons += [f"run {run} has not ended" for run in running]
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
            coverage=self._coverage(),
            inconclusive=tuple(reasons),
            rules=tuple(rule for rule in RULES.values() if contract.severity(rule.id) != "off"),
        )

    def _coverage(self) -> Coverage:
        machine, named = self._contract.machine, self._contract.transitions
        seen = self._marks.to_bytes(len(machine.numbers) + len(machine.displaced), "little")
        types = {type_: bool(seen[mark]) for type_, mark in machine.displaced.items()}
        for (_, type_), mark in machine.numbers.items():
            types[type_] |= bool(seen[mark])
        through = {
            (last, type_): bool(seen[mark])
            for (last, type_), mark in machine.numbers.items()
            if last is not None and last in named
        }
        return Coverage(types, through)
