"""CTRF, the common test report format: one JSON document that its many readers understand."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

from goldenpath import __version__
from goldenpath.runner.events import RunEvent
from goldenpath.runner.faces.machine import write_document_file
from goldenpath.runner.record import NotRun, Outcome, RunRecord, TestResult

_STATUS: Final = {
    Outcome.PASSED: "passed",
    Outcome.XPASSED: "passed",
    Outcome.FAILED: "failed",
    Outcome.ERROR: "failed",
    Outcome.TIMED_OUT: "failed",
    Outcome.CRASHED: "failed",
    Outcome.SKIPPED: "skipped",
    Outcome.XFAILED: "skipped",
}
SPECIFICATION: Final = "0.0.0"


class CtrfFace:
    """`--ctrf FILE`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def receive(self, event: RunEvent) -> None:
        """Nothing before the end."""

    def finish(self, record: RunRecord) -> None:
        """Write it."""
        write_document_file(self._path, json.dumps(ctrf(record), indent=1) + "\n")


def ctrf(record: RunRecord) -> dict[str, Any]:
    """The document; what did not run although it was asked for is `pending`."""
    pending = [each for each in record.not_run if not each.reason.asked_for]
    counts = Counter(_STATUS[result.outcome] for result in record.results)
    return {
        "reportFormat": "CTRF",
        "specVersion": SPECIFICATION,
        "generatedBy": f"goldenpath {__version__}",
        "results": {
            "tool": {"name": "goldenpath", "version": __version__},
            "summary": {
                "tests": len(record.results) + len(pending),
                "passed": counts["passed"],
                "failed": counts["failed"],
                "pending": len(pending),
                "skipped": counts["skipped"],
                "other": 0,
                "start": _milliseconds(record.started),
                "stop": _milliseconds(record.finished),
                "extra": {"exitCode": int(record.verdict.code), "cause": record.verdict.cause},
            },
            "tests": [*map(_test, record.results), *map(_pending, pending)],
            "environment": {"extra": {**record.environment, "tools": dict(record.tools)}},
        },
    }


def _test(result: TestResult) -> dict[str, Any]:
    test: dict[str, Any] = {
        "name": result.node_id,
        "status": _STATUS[result.outcome],
        "rawStatus": result.outcome.value,
        "duration": _milliseconds(result.duration),
        "start": _milliseconds(result.start),
        "stop": _milliseconds(result.start + result.duration),
        "suite": result.category or result.path,
        "threadId": result.worker,
        "retries": result.attempts - 1,
        "flaky": result.flaky,
    }
    optional = {"message": result.message, "trace": result.text, "filePath": result.path, "line": result.line}
    return test | {key: value for key, value in optional.items() if value}


def _pending(each: NotRun) -> dict[str, Any]:
    return {
        "name": each.node_id,
        "status": "pending",
        "rawStatus": each.reason.value,
        "duration": 0,
        "message": each.detail,
    }


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
