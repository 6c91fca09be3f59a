"""From pytest's reports of one test to the one thing it came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pytest

_MOST_TEXT: Final = 64 * 1024
_MOST_LINE: Final = 500
_PHASES: Final = ("call", "setup", "teardown")
ASSERTIONS: Final = "assertions"
HOLLOW: Final = "hollow"
"""The user properties in which the kit's plugin says how many assertions were executed, and that none was."""

Fields = tuple[Any, ...]


def combine(reports: Sequence[pytest.TestReport], attempts: int) -> Fields:
    """Outcome, phase, duration, start, attempts, assertions, message, text: see `TestResult`."""
    outcome, phase, decisive = _decide(reports)
    duration = sum(report.duration for report in reports)
    start = min((getattr(report, "start", 0.0) for report in reports), default=0.0)
    message = text = ""
    if outcome != "passed":
        message = _message(decisive, outcome)
        text = _text(reports) if outcome in {"failed", "error"} else ""
    return (outcome, phase, duration, start, attempts, _assertions(reports), message, text)


def _decide(reports: Sequence[pytest.TestReport]) -> tuple[str, str, pytest.TestReport | None]:
    failed = sorted((each for each in reports if each.failed), key=lambda each: _PHASES.index(each.when))
    if failed:
        first = failed[0]
        return ("failed" if first.when == "call" else "error"), first.when, first
    for report in reports:
        if report.skipped and not _of_a_subtest(report):
            return ("xfailed" if hasattr(report, "wasxfail") else "skipped"), report.when, report
    call = next((each for each in reports if each.when == "call" and not _of_a_subtest(each)), None)
    if call is None:
        return "error", "call", None
    return ("xpassed" if hasattr(call, "wasxfail") else "passed"), "call", call


def _of_a_subtest(report: pytest.TestReport) -> bool:
    return type(report) is not pytest.TestReport


def _message(report: pytest.TestReport | None, outcome: str) -> str:
    """One line that says why."""
    if report is None:
        return "pytest reported no call phase: the test's own code never ran"
    if outcome in {"xfailed", "xpassed"}:
        return str(getattr(report, "wasxfail", ""))
    longrepr = report.longrepr
    if isinstance(longrepr, tuple):
        return _one_line(str(longrepr[2]).removeprefix("Skipped: "))
    crash = getattr(longrepr, "reprcrash", None)
    return _one_line(crash.message if crash is not None else _last_line(str(longrepr)))


def _one_line(text: str) -> str:
    first = text.strip().split("\n", 1)[0]
    return first if len(first) <= _MOST_LINE else first[: _MOST_LINE - 1] + "…"


def _last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "")


def _text(reports: Sequence[pytest.TestReport]) -> str:
    """The tracebacks and what was captured, each at most 64 KiB: its beginning and its end."""
    parts = [_shortened(report.longreprtext) for report in reports if report.failed]
    if reports:
        parts += [f"--- {title} ---\n{_shortened(content)}" for title, content in reports[-1].sections]
    return "\n".join(parts)


def _shortened(text: str) -> str:
    if len(text) <= _MOST_TEXT:
        return text
    half = _MOST_TEXT // 2
    return f"{text[:half]}\n... {len(text) - 2 * half:,} characters left out ...\n{text[-half:]}"


def _assertions(reports: Sequence[pytest.TestReport]) -> int | None:
    """How many were executed; none for a test that is allowed to have none, so that nobody takes it for hollow."""
    told: dict[str, object] = {}
    for report in reports:
        told.update(report.user_properties)
    executed = told.get(ASSERTIONS)
    return executed if isinstance(executed, int) and (executed or HOLLOW in told) else None
