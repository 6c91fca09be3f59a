"""A report as SARIF 2.1.0, which code hosts show beside the lines it speaks of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goldenpath.contracts.report import Report, Violation


def sarif(report: Report, source: str, lines: Mapping[int, int]) -> dict[str, Any]:
    """The log as a JSON-ready object; `lines` says on which line of `source` an event stands."""
    rules = [
        {
            "id": rule.id,
            "name": rule.name,
            "shortDescription": {"text": rule.meaning},
            "defaultConfiguration": {"level": rule.severity},
        }
        for rule in report.rules
    ]
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": f"goldenpath check-events {report.contract}", "rules": rules}},
                "results": [result(violation, source, lines) for violation in report.violations],
                "invocations": [{"executionSuccessful": not report.inconclusive}],
            }
        ],
    }


def result(violation: Violation, source: str, lines: Mapping[int, int]) -> dict[str, Any]:
    """One violation as a SARIF result."""
    place: dict[str, Any] = {"artifactLocation": {"uri": source}}
    if violation.index in lines:
        place["region"] = {"startLine": lines[violation.index]}
    return {
        "ruleId": violation.rule,
        "level": violation.severity,
        "message": {"text": f"{violation.place}: {violation.message}"},
        "locations": [{"physicalLocation": place}],
        "properties": {"event": violation.index, "run": violation.run, "diff": violation.diff()},
    }
