"""A report as JUnit XML, which every build server reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from goldenpath.contracts.report import Report

UNPRINTABLE: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """One test case for each rule, failed where it was broken, and one for whether the verdict is complete."""
    suite = ET.Element("testsuite", name=report.contract)
    failures = 0
    for rule in report.rules:
        case = ET.SubElement(suite, "testcase", classname=report.contract, name=f"{rule.id} {rule.name}")
        broken = [violation for violation in report.errors if violation.rule == rule.id]
        if broken:
            failures += 1
            failure = ET.SubElement(case, "failure", type=rule.id, message=printable(broken[0].message))
            failure.text = "\n".join(printable(f"{violation}\n{violation.diff()}") for violation in broken)
    case = ET.SubElement(suite, "testcase", classname=report.contract, name="conclusive")
    if report.inconclusive:
        ET.SubElement(case, "error", message=printable("; ".join(report.inconclusive)))
    suite.set("tests", str(len(report.rules) + 1))
    suite.set("failures", str(failures))
    suite.set("errors", str(int(bool(report.inconclusive))))
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def printable(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text)
