"""The report as JUnit XML: a test case for each check."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from goldenpath.contracts.junit import printable
from goldenpath.probe.ledger import State
from goldenpath.probe.report import Report


def junit(report: Report) -> str:
    """Broken is a failure, not shown an error, not asked a skip; a verdict of neither has an error of its own."""
    verdict = report.verdict
    suite = ET.Element("testsuite", name=printable(f"goldenpath probe {report.title}"), time=f"{report.seconds:.3f}")
    counts = dict.fromkeys(("failures", "errors", "skipped"), 0)
    for check, entry in report.ledger.rows():
        case = ET.SubElement(suite, "testcase", classname="probe", name=f"{check.id} {check.name}")
        if entry.state is State.BROKEN:
            counts["failures"] += 1
            message = f"{entry.broken} of {entry.tried} {check.counted}: {entry.findings[0]}"
            failure = ET.SubElement(case, "failure", type=check.id, message=printable(message))
            told = [f"{each}\n{each.evidence}".rstrip() for each in entry.findings]
            failure.text = printable("\n".join(told))
        elif entry.state is State.NOT_SHOWN:
            counts["errors"] += 1
            ET.SubElement(case, "error", type="not shown", message=printable(entry.reason))
        elif entry.state is State.NOT_ASKED:
            counts["skipped"] += 1
            ET.SubElement(case, "skipped", message=printable(entry.reason))
    case = ET.SubElement(suite, "testcase", classname="probe", name="verdict")
    if verdict.code not in {0, 1}:
        counts["errors"] += 1
        ET.SubElement(case, "error", type=verdict.word, message=printable(verdict.message))
    suite.set("tests", str(len(suite)))
    for name, number in counts.items():
        suite.set(name, str(number))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
