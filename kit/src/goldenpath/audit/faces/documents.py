"""The report for machines: JSON, SARIF 2.1.0, JUnit XML and GitHub's annotations."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final
from xml.etree import ElementTree as ET

from goldenpath import __version__
from goldenpath.audit.auditing import Report
from goldenpath.audit.catalogue import catalogue
from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.score import FORMULA

_SARIF_LEVEL: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_GITHUB_LEVEL: Final = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def as_json(report: Report) -> str:
    """Everything, as one JSON object with a line per finding."""
    known = {finding.fingerprint for finding in report.known}
    document = {
        "format": "goldenpath-audit",
        "version": 1,
        "files": report.files,
        "tests": report.tests,
        "complete": report.complete,
        "score": {
            "value": report.score.value,
            "formula": FORMULA,
            "areas": [{**asdict(area), "value": area.value} for area in report.score.areas],
            "services": dict(report.score.services),
        },
        "suppressed": len(report.suppressed),
        "fixed": len(report.fixed),
        "notes": list(report.notes),
    }
    findings = ",\n".join(json.dumps(_plain(finding, finding.fingerprint in known)) for finding in report.findings)
    return f'{json.dumps(document, indent=1)[:-2]},\n "findings": [\n{findings}\n]\n}}\n'


def _plain(finding: Finding, known: bool) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "path": finding.path,
        "line": finding.line,
        "column": finding.column + 1,
        "scope": finding.scope,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
        "known": known,
        "related": [{"path": each.path, "line": each.line, "message": each.message} for each in finding.related],
    }


def as_sarif(report: Report) -> str:
    """SARIF 2.1.0 with partial fingerprints and baseline states."""
    known = {finding.fingerprint for finding in report.known}
    rules = list(catalogue().values())
    number = {rule.id: index for index, rule in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "goldenpath audit",
                "semanticVersion": __version__,
                "informationUri": "https://pypi.org/project/goldenpath/",
                "rules": [
                    {
                        "id": rule.id,
                        "name": rule.name,
                        "shortDescription": {"text": rule.summary},
                        "defaultConfiguration": {"level": _SARIF_LEVEL[rule.severity]},
                    }
                    for rule in rules
                ],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The top of the audited project."}}},
        "results": [
            _result(finding, number[finding.rule], finding.fingerprint in known) for finding in report.findings
        ],
        "properties": {"score": report.score.value, "complete": report.complete},
    }
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=1) + "\n"


def _result(finding: Finding, index: int, known: bool) -> dict[str, Any]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _SARIF_LEVEL[finding.severity],
        "message": {"text": finding.message},
        "locations": [_location(finding.path, finding.line, finding.column + 1)],
        "relatedLocations": [
            {**_location(each.path, each.line, 1), "message": {"text": each.message}} for each in finding.related
        ],
        "partialFingerprints": {"goldenpath/v1": finding.fingerprint},
        "baselineState": "unchanged" if known else "new",
    }


def _location(path: str, line: int, column: int) -> dict[str, Any]:
    from urllib.parse import quote

    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(path, errors="backslashreplace"), "uriBaseId": "ROOT"},
            "region": {"startLine": max(line, 1), "startColumn": max(column, 1)},
        }
    }


def as_junit(report: Report) -> str:
    """JUnit XML: one case per file with findings; new ones fail, known ones are skipped."""
    known = {finding.fingerprint for finding in report.known}
    by_path: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_path.setdefault(finding.path, []).append(finding)
    suite = ET.Element("testsuite", name="goldenpath audit")
    failures = skipped = 0
    for path, findings in sorted(by_path.items()):
        case = ET.SubElement(suite, "testcase", classname="goldenpath.audit", name=_xml(path), file=_xml(path))
        fresh = [finding for finding in findings if finding.fingerprint not in known]
        text = "\n".join(
            f"{finding.path}:{finding.line}: {finding.rule} {finding.message}" for finding in (fresh or findings)
        )
        failures += bool(fresh)
        skipped += not fresh
        summary = f"{len(fresh)} new" if fresh else f"{len(findings)} in the baseline"
        ET.SubElement(case, "failure" if fresh else "skipped", message=summary).text = _xml(text)
    if not by_path:
        ET.SubElement(suite, "testcase", classname="goldenpath.audit", name=f"{report.files} files")
    suite.set("tests", str(max(len(by_path), 1)))
    suite.set("failures", str(failures))
    suite.set("skipped", str(skipped))
    suite.set("errors", "0")
    return ET.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text: str) -> str:
    """Text without the control characters that XML 1.0 cannot hold."""
    plain = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(character if character >= " " or character in "\t\n" else "\ufffd" for character in plain)


def as_github(report: Report) -> str:
    """GitHub workflow commands, for what is new."""
    return "".join(_annotation(finding) for finding in report.new)


def _annotation(finding: Finding) -> str:
    place = f"file={_property(finding.path)},line={max(finding.line, 1)},col={finding.column + 1}"
    title = f"title={finding.rule} {_property(catalogue()[finding.rule].name)}"
    return f"::{_GITHUB_LEVEL[finding.severity]} {place},{title}::{_data(finding.message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
