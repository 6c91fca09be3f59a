"""What a checker found, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from goldenpath.contracts.rules import RULES, Rule, Severity

SHOWN_VIOLATIONS: Final = 20


@dataclass(frozen=True, slots=True)
class Violation:
    """One event (or one run, at its end) that breaks one rule."""

    rule: str
    severity: Severity
    index: int
    run: str | None
    type: str | None
    message: str
    expected: str = ""
    actual: str = ""
    path: str = ""
    after: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where it is, in words."""
        return f"event {self.index}" if self.run is None else f"event {self.index} of run {self.run}"

    def diff(self) -> str:
        """What came before, what should have come and what did."""
        named = f"{self.path}: " if self.path else ""
        lines = [f"  {type_}" for type_ in self.after]
        lines += [f"- {named}{self.expected or 'nothing'}", f"+ {named}{self.actual or self.type or 'nothing'}"]
        return "\n".join(lines)

    def __str__(self) -> str:
        return f"{self.rule} {RULES[self.rule].name}, {self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the contract the events exercised."""

    types: Mapping[str, bool] = field(default_factory=dict)
    transitions: Mapping[tuple[str, str], bool] = field(default_factory=dict)

    @property
    def unseen(self) -> tuple[str, ...]:
        """The declared types that never came."""
        return tuple(name for name, seen in self.types.items() if not seen)

    def __str__(self) -> str:
        parts = [f"{sum(self.types.values())} of {len(self.types)} event types"]
        if self.transitions:
            parts.append(f"{sum(self.transitions.values())} of {len(self.transitions)} transitions")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict over the events checked, with everything it rests on.

    `kept` of `obligations` is the score: each event owes its form and its place, each run owes an end, and a run that
    ends well owes every required event and that nothing is left open.
    """

    contract: str
    events: int
    runs: int
    obligations: int
    kept: int
    violations: tuple[Violation, ...]
    omitted: int
    coverage: Coverage
    inconclusive: tuple[str, ...]
    rules: tuple[Rule, ...]

    @property
    def errors(self) -> tuple[Violation, ...]:
        """The violations that are no mere warnings."""
        return tuple(violation for violation in self.violations if violation.severity == "error")

    @property
    def ok(self) -> bool:
        """Every obligation was kept, and there was enough to judge by."""
        return self.kept == self.obligations and not self.inconclusive

    @property
    def score(self) -> float:
        """The share of obligations kept; 0.0 when there were none, because nothing was shown."""
        return self.kept / self.obligations if self.obligations else 0.0

    @property
    def first_divergence(self) -> str:
        """The first error as a small diff; empty when there is none."""
        return next((violation.diff() for violation in self.violations if violation.severity == "error"), "")

    @property
    def verdict(self) -> str:
        """ok, failed, or inconclusive."""
        if self.kept != self.obligations:
            return "failed"
        return "inconclusive" if self.inconclusive else "ok"

    def explain(self, lines: Mapping[int, int] | None = None) -> str:
        """The report for people; `lines` says on which line of its source an event stands."""
        return "\n".join(self._lines(lines or {}))

    def _lines(self, lines: Mapping[int, int]) -> Iterator[str]:
        yield f"{self.contract}: {self.verdict}"
        counted = f"{self.events} events in {self.runs} runs"
        yield f"score {self.score:.3f} ({self.kept} of {self.obligations} obligations kept, {counted})"
        yield f"covered {self.coverage}"
        for reason in self.inconclusive:
            yield f"inconclusive: {reason}"
        if self.first_divergence:
            yield from ("first divergence:", *(f"  {line}" for line in self.first_divergence.splitlines()))
        for violation in self.violations[:SHOWN_VIOLATIONS]:
            line = f"line {lines[violation.index]}: " if violation.index in lines else ""
            mark = "" if violation.severity == "error" else f" ({violation.severity})"
            yield f"{line}{violation}{mark}"
        hidden = len(self.violations[SHOWN_VIOLATIONS:]) + self.omitted
        if hidden:
            yield f"and {hidden} more"

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON-ready object."""
        return {
            "contract": self.contract,
            "verdict": self.verdict,
            "score": self.score,
            "kept": self.kept,
            "obligations": self.obligations,
            "events": self.events,
            "runs": self.runs,
            "violations": [asdict(violation) for violation in self.violations],
            "omitted": self.omitted,
            "inconclusive": list(self.inconclusive),
            "unseen": list(self.coverage.unseen),
        }

    def to_junit(self) -> str:
        """The report as JUnit XML: one test case for each rule of the contract."""
        from goldenpath.contracts.junit import junit

        return junit(self)

    def to_sarif(self, source: str = "events", lines: Mapping[int, int] | None = None) -> dict[str, Any]:
        """The report as a SARIF 2.1.0 log; `lines` says on which line of `source` an event stands."""
        from goldenpath.contracts.sarif import sarif

        return sarif(self, source, lines or {})
