"""All that came out of a probe."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from goldenpath.probe.ledger import Ledger
from goldenpath.probe.load import Traffic
from goldenpath.probe.scenario import Scenario
from goldenpath.probe.target import Target
from goldenpath.probe.verdict import Cause, Verdict, judge

VERSION = 1


@dataclass(frozen=True, slots=True)
class Report:
    """The accounts, the figures, and what they come to."""

    target: Target
    scenario: Scenario
    ledger: Ledger
    traffic: Traffic
    seconds: float
    cause: Cause
    seed: str
    processes: int = 1

    @property
    def verdict(self) -> Verdict:
        """The verdict."""
        return judge(self.ledger, self.cause, self.scenario.limits.budget)

    @property
    def title(self) -> str:
        """The report in a line."""
        return f"{self.scenario.name} at {self.target}"

    def to_json(self) -> dict[str, Any]:
        """The report as a JSON-ready object."""
        verdict, traffic = self.verdict, self.traffic
        return {
            "version": VERSION,
            "target": str(self.target),
            "scenario": self.scenario.name,
            "contract": self.scenario.contract,
            "verdict": {
                "code": int(verdict.code),
                "word": verdict.word,
                "message": verdict.message,
                "also": list(verdict.also),
            },
            "cause": self.cause.value,
            "seconds": round(self.seconds, 3),
            "seed": self.seed,
            "processes": self.processes,
            "load": asdict(self.scenario.load),
            "traffic": {
                "connections": traffic.connections,
                "questions": traffic.offered,
                "runs_ended": traffic.ended,
                "events": traffic.events,
                "seconds": round(traffic.seconds, 3),
                "runs_per_second": round(traffic.rate(traffic.ended), 3),
                "events_per_second": round(traffic.rate(traffic.events), 3),
                "late_by_ms": round(traffic.late_by * 1000, 3),
            },
            "latency": {what: spread.to_json() for what, spread in traffic.latencies.spreads().items()},
            "checks": self.ledger.to_json(),
        }
