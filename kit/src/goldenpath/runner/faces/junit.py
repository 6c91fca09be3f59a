"""JUnit XML, as CI systems read it: one suite per category, everything that is missing is an error."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from goldenpath.runner.events import RunEvent
from goldenpath.runner.faces.machine import write_document_file
from goldenpath.runner.record import ExitCode, NotRun, Outcome, RunRecord, TestResult

_TAGS: Final = {
    Outcome.FAILED: "failure",
    Outcome.ERROR: "error",
    Outcome.TIMED_OUT: "error",
    Outcome.CRASHED: "error",
    Outcome.SKIPPED: "skipped",
    Outcome.XFAILED: "skipped",
}
_FORBIDDEN: Final = {code: "\ufffd" for code in (*range(0x20), 0xFFFE, 0xFFFF) if chr(code) not in "\t\n\r"}


class JUnitFace:
    """`--junit FILE`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def receive(self, event: RunEvent) -> None:
        """Nothing before the end."""

    def finish(self, record: RunRecord) -> None:
        """Write it."""
        write_document_file(self._path, junit(record))


def junit(record: RunRecord) -> str:
    """The document. A run that is not good without any bad test has an error of its own."""
    suites = ET.Element("testsuites", name="goldenpath run", time=f"{record.seconds:.3f}")
    by_category: dict[str, list[TestResult]] = {}
    for result in record.results:
        by_category.setdefault(result.category or "tests", []).append(result)
    missing = [each for each in record.not_run if not each.reason.asked_for]
    for category, results in by_category.items():
        suite = _suite(suites, category, record)
        for result in results:
            _case(suite, result)
    if missing or record.collection_errors or record.verdict.code != ExitCode.OK:
        suite = _suite(suites, "run", record)
        for error in record.collection_errors:
            case = ET.SubElement(suite, "testcase", classname="collection", name=clean(error.path), time="0")
            ET.SubElement(case, "error", message=clean(error.message)).text = clean(error.text)
        for each in missing:
            _missing(suite, each)
        if record.verdict.code not in {ExitCode.OK, ExitCode.FAILED}:
            case = ET.SubElement(suite, "testcase", classname="run", name=clean(record.verdict.cause), time="0")
            ET.SubElement(case, "error", message=clean(record.verdict.message))
    for suite in suites:
        _count(suite)
    for name in ("tests", "failures", "errors", "skipped"):
        suites.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _suite(suites: ET.Element, name: str, record: RunRecord) -> ET.Element:
    at = datetime.fromtimestamp(record.started, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return ET.SubElement(suites, "testsuite", name=clean(name), timestamp=at)


def _case(suite: ET.Element, result: TestResult) -> None:
    classname, name = split(result.node_id)
    case = ET.SubElement(suite, "testcase", classname=clean(classname), name=clean(name), time=f"{result.duration:.4f}")
    if result.path:
        case.set("file", clean(result.path))
    if result.line is not None:
        case.set("line", str(result.line))
    notes = dict(_properties(result))
    if notes:
        properties = ET.SubElement(case, "properties")
        for key, value in notes.items():
            ET.SubElement(properties, "property", name=key, value=clean(value))
    tag = _TAGS.get(result.outcome)
    if tag:
        detail = ET.SubElement(case, tag, message=clean(result.message), type=result.outcome.value)
        detail.text = clean(result.text)


def _properties(result: TestResult) -> Iterator[tuple[str, str]]:
    yield "worker", result.worker
    if result.assertions is not None:
        yield "assertions", str(result.assertions)
    if result.attempts > 1:
        yield "attempts", str(result.attempts)
    if result.flaky:
        yield "flaky", "true"
    if result.hollow:
        yield "hollow", "true"


def _missing(suite: ET.Element, each: NotRun) -> None:
    classname, name = split(each.node_id)
    case = ET.SubElement(suite, "testcase", classname=clean(classname), name=clean(name), time="0")
    ET.SubElement(case, "error", message=clean(f"not run: {each.reason.value} {each.detail}".strip()), type="not_run")


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in suite):.3f}")
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in suite)))


def split(node_id: str) -> tuple[str, str]:
    """A node id as the class and name that CI systems show: parameters stay with the name, whatever is in them."""
    stem, bracket, parameters = node_id.partition("[")
    path, separator, rest = stem.partition("::")
    owner, _, name = rest.rpartition("::")
    module = path.removesuffix(".py").replace("/", ".")
    classname = f"{module}.{owner.replace('::', '.')}" if owner else module
    return (classname, name + bracket + parameters) if separator else (module, node_id)


def clean(text: str) -> str:
    """Text as XML 1.0 can hold it: no control characters, no halves of surrogate pairs."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8").translate(_FORBIDDEN)
