"""The report as one HTML page that needs nothing else: score, trend, clusters of duplicate doubles, every finding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from goldenpath.audit.auditing import Report
from goldenpath.audit.catalogue import catalogue
from goldenpath.audit.faces.documents import html_text
from goldenpath.audit.finding import Finding
from goldenpath.audit.score import FORMULA, AreaScore
from goldenpath.audit.trend import Day

_STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1b1f24;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #d8dee4;vertical-align:top}code{font-size:.9em}
.error{color:#b3261e}.warning{color:#8a5a00}.info{color:#0b5cad}
figure{display:inline-block;margin:.5rem 1rem}figcaption{text-align:center}
@media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}td,th{border-color:#30363d}
.error{color:#ff8a80}.warning{color:#e3b341}.info{color:#79c0ff}}
"""
_HEAD: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    f"<title>goldenpath audit</title><style>{_STYLE}</style>"
)
_SCORE_HEADINGS: Final = ("area", "score", "weight", "errors", "warnings", "infos", "counted")
_CLUSTERS_SHOWN: Final = 24
_TREND_WIDTH: Final = 640


def as_html(report: Report, days: Sequence[Day] = ()) -> str:
    """The whole report as one page, with the way the score went on the days before."""
    title = f"<h1>Score {report.score.value:.1f} of 100</h1>"
    sections = [_HEAD, title, _score(report), _trend(days), _clusters(report)]
    for rule in catalogue():
        findings = [finding for finding in report.findings if finding.rule == rule]
        if findings:
            sections.append(_findings(rule, findings))
    return "".join([*sections, "</html>\n"])


def _score(report: Report) -> str:
    counts = (
        f"{report.files:,} files, {report.tests:,} tests; {len(report.new)} new findings, "
        f"{len(report.known)} in the baseline, "
        f"{len(report.fixed)} of it fixed, {len(report.suppressed)} suppressed."
    )
    headings = "".join(f"<th>{heading}" for heading in _SCORE_HEADINGS)
    rows = "".join(_area(area) for area in report.score.areas)
    services = "".join(f"<p>Service {html_text(name)}: {value:.1f}" for name, value in report.score.services.items())
    return f"<p>{counts}</p><table><tr>{headings}{rows}</table><p><small>{html_text(FORMULA)}</small></p>{services}"


def _area(area: AreaScore) -> str:
    cells = (
        area.area,
        f"{area.value:.1f}",
        area.weight,
        area.errors,
        area.warnings,
        area.infos,
        f"{area.counted:,} {area.unit}",
    )
    return "<tr>" + "".join(f"<td>{cell}" for cell in cells)


def _trend(days: Sequence[Day]) -> str:
    """The score as a line from the first day to the last; a single day is no trend."""
    if len(days) < 2:
        return ""
    step = _TREND_WIDTH / (len(days) - 1)
    points = " ".join(f"{number * step:.1f},{104 - day.score:.1f}" for number, day in enumerate(days))
    first, last = days[0], days[-1]
    label = f"score {first.score:.1f} on {first.day}, {last.score:.1f} on {last.day}"
    line = f'<polyline points="{points}" fill="none" stroke="#1f883d" stroke-width="2"/>'
    frame = f'<path d="M0 4H{_TREND_WIDTH}M0 104H{_TREND_WIDTH}" stroke="#8c959f" stroke-dasharray="2 4"/>'
    picture = f'<svg width="{_TREND_WIDTH}" height="110" role="img" aria-label="{html_text(label)}">{frame}{line}</svg>'
    found = f"{last.errors - first.errors:+d} errors, {last.warnings - first.warnings:+d} warnings"
    caption = f"{html_text(first.day)}: {first.score:.1f} &rarr; {html_text(last.day)}: {last.score:.1f}; {found}"
    return f"<h2>Trend</h2><figure>{picture}<figcaption>{caption}</figcaption></figure>"


def _clusters(report: Report) -> str:
    """One ring per duplicated role: the first double in the middle, its copies around it."""
    by_first: dict[tuple[str, int], list[Finding]] = {}
    for finding in report.findings:
        if finding.rule == "GP101" and finding.related:
            first = finding.related[0]
            by_first.setdefault((first.path, first.line), []).append(finding)
    largest = sorted(by_first.items(), key=lambda item: -len(item[1]))[:_CLUSTERS_SHOWN]
    figures = [_ring(path, line, members) for (path, line), members in largest]
    left_out = f"<p>and {len(by_first) - len(largest)} more</p>" if len(by_first) > len(largest) else ""
    return f"<h2>Duplicate doubles</h2>{''.join(figures)}{left_out}" if figures else ""


def _ring(path: str, line: int, members: list[Finding]) -> str:
    spokes = "".join(_spoke(2 * math.pi * number / len(members), member) for number, member in enumerate(members))
    middle = f'<circle cx="80" cy="80" r="9" fill="#1f883d"><title>{html_text(path)}:{line}</title></circle>'
    total = len(members) + 1
    name = html_text(members[0].scope.rpartition(".")[2])
    picture = f'<svg width="160" height="160" role="img" aria-label="{total} doubles">{spokes}{middle}</svg>'
    return f"<figure>{picture}<figcaption>{name}: {total}</figcaption></figure>"


def _spoke(angle: float, member: Finding) -> str:
    x, y = f"{80 + 60 * math.cos(angle):.1f}", f"{80 + 60 * math.sin(angle):.1f}"
    line = f'<line x1="80" y1="80" x2="{x}" y2="{y}" stroke="#8c959f"/>'
    title = f"<title>{html_text(member.path)}:{member.line}</title>"
    return f'{line}<circle cx="{x}" cy="{y}" r="6" fill="#bf8700">{title}</circle>'


def _findings(rule_id: str, findings: list[Finding]) -> str:
    rule = catalogue()[rule_id]
    rows = "".join(_row(finding) for finding in findings)
    return f"<h2>{rule_id} {rule.name}: {len(findings)}</h2><p>{html_text(rule.summary)}</p><table>{rows}</table>"


def _row(finding: Finding) -> str:
    place = f"{html_text(finding.path)}:{finding.line}"
    return f'<tr><td class="{finding.severity.value}"><code>{place}</code><td>{html_text(finding.message)}'
