"""Categories that a specialist command runs: its own report is counted, its exit code alone proves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, time
from typing import Final
from xml.etree import ElementTree as ET

from goldenpath.runner.categories import Category
from goldenpath.runner.record import Outcome, TestResult

_MOST_OUTPUT: Final = 32 * 1024


def delegate(category: Category, root: Path, variables: Mapping[str, str], seconds: float) -> list[TestResult]:
    """Run the category's command to its end, at most so many seconds; a result for every test it reports."""
    began, start = monotonic(), time()
    report = root / category.junit if category.junit else None
    if report is not None:
        report.unlink(missing_ok=True)
    try:
        process = subprocess.Popen(
            category.command,
            cwd=root,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        return [_one(category, Outcome.ERROR, f"{category.command[0]} cannot be run: {error.strerror}", "", start, 0.0)]
    try:
        output, _ = process.communicate(timeout=min(seconds, category.timeout or seconds))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        took = monotonic() - began
        return [_one(category, Outcome.TIMED_OUT, f"ended after {took:.0f} s", _text(output), start, took)]
    return _counted(category, report, process.returncode, _text(output), start, monotonic() - began)


def _counted(
    category: Category, report: Path | None, status: int, output: str, start: float, took: float
) -> list[TestResult]:
    if report is None or not report.exists():
        missing = f"left no report in {category.junit}" if category.junit else "has no junit setting"
        message = f"{' '.join(category.command)} {missing}, so nobody knows what it ran (exit code {status})"
        return [_one(category, Outcome.ERROR, message, output, start, took)]
    try:
        results = read_junit(report, category, start)
    except ET.ParseError as error:
        return [_one(category, Outcome.ERROR, f"{category.junit} does not parse: {error}", output, start, took)]
    if not results:
        return [_one(category, Outcome.ERROR, f"{category.junit} reports no test at all", output, start, took)]
    if status and not any(result.outcome.bad for result in results):
        message = f"exit code {status}, although its report has no failure"
        results.append(_one(category, Outcome.ERROR, message, output, start, took))
    return results


def read_junit(report: Path, category: Category, start: float) -> list[TestResult]:
    """The test cases of a JUnit report."""
    found = []
    for case in ET.parse(report).getroot().iter("testcase"):
        name = "::".join(filter(None, (category.name, case.get("classname"), case.get("name"))))
        outcome, message, text = _outcome(case)
        found.append(
            TestResult(
                name,
                outcome,
                "call",
                category.name,
                category.layer,
                float(case.get("time") or 0.0),
                start,
                category.name,
                message=message,
                text=text,
                path=case.get("file") or "",
            )
        )
    return found


def _outcome(case: ET.Element) -> tuple[Outcome, str, str]:
    for tag, outcome in (("failure", Outcome.FAILED), ("error", Outcome.ERROR), ("skipped", Outcome.SKIPPED)):
        element = case.find(tag)
        if element is not None:
            text = element.text or ""
            first = (element.get("message") or text).strip().splitlines()
            return outcome, first[0] if first else tag, text
    return Outcome.PASSED, "", ""


def _one(category: Category, outcome: Outcome, message: str, text: str, start: float, took: float) -> TestResult:
    return TestResult(
        category.name, outcome, "call", category.name, category.layer, took, start, category.name,
        message=message, text=text,
    )  # fmt: skip


def _text(output: bytes) -> str:
    return output[-_MOST_OUTPUT:].decode("utf-8", "replace")
