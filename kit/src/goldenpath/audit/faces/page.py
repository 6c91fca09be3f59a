"""The audit as a page of the house's design: score, trend, clusters of duplicate doubles, rules, every finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from goldenpath import __version__
from goldenpath.audit.auditing import Report
from goldenpath.audit.catalogue import catalogue
from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.score import FORMULA, AreaScore
from goldenpath.audit.trend import Day
from goldenpath.reporting import (
    Column,
    Headline,
    LongTable,
    Markup,
    Page,
    Section,
    Tile,
    Tone,
    element,
    join,
    table,
    word,
)
from goldenpath.reporting.charts import Part, Reading, meter, ring, stack, trend
from goldenpath.reporting.page import render_page
from goldenpath.reporting.wording import count

TONES: Final = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.WARN, Severity.INFO: Tone.INFO}
_SEVERITIES: Final = tuple(TONES)
_STATES: Final = ("new", "accepted")
_CLUSTERS_SHOWN: Final = 24
_CLEAN: Final = 100.0


def as_html(report: Report, days: Sequence[Day] = ()) -> str:
    """The whole report as one page, with the way the score went on the days before."""
    return render_page(audit_page(report, days))


def audit_page(report: Report, days: Sequence[Day] = ()) -> Page:
    """The page, ready to be rendered."""
    sections = [
        _areas(report),
        _trend(days),
        _clusters(report),
        _rules(report.findings),
        _findings(report),
    ]
    return Page(
        kind="audit",
        title=f"Score {report.score.value:.1f} of 100",
        subtitle=f"{report.root.name}: {count(report.files, 'file')}, {count(report.tests, 'test')}",
        headline=_headline(report),
        tiles=list(_tiles(report)),
        banner=_banner(report.findings),
        sections=[section for section in sections if section is not None],
        footer=f"goldenpath {__version__} audit. The exit code never depends on the score alone.",
    )


def _headline(report: Report) -> Headline:
    new = Counter(finding.severity for finding in report.new)
    also = [*report.notes]
    if not report.complete:
        also.append("only a part of the project was looked at")
    if not report.new:
        return Headline(Tone.GOOD, "Nothing new", _counts(report), also)
    tone = Tone.BAD if new[Severity.ERROR] else Tone.WARN
    return Headline(tone, count(len(report.new), "new finding"), _counts(report), also)


def _counts(report: Report) -> str:
    return (
        f"{report.files:,} files, {report.tests:,} tests; {count(len(report.new), 'new finding')}, "
        f"{len(report.known):,} in the baseline, {len(report.fixed):,} of it fixed, "
        f"{len(report.suppressed):,} suppressed."
    )


def _tiles(report: Report) -> Iterator[Tile]:
    numbers = Counter(finding.severity for finding in report.findings)
    for severity, tone in TONES.items():
        number = numbers[severity]
        yield Tile(f"{severity.value}s", f"{number:,}", tone if number else Tone.MUTED)
    yield Tile("tests", f"{report.tests:,}", Tone.MUTED, f"in {count(report.files, 'file')}")
    yield Tile("accepted", f"{len(report.known):,}", Tone.MUTED, "by the baseline")
    yield Tile("suppressed", f"{len(report.suppressed):,}", Tone.MUTED, "with a reason")


def _banner(findings: Sequence[Finding]) -> Markup:
    numbers = Counter(finding.severity for finding in findings)
    parts = [Part(f"{severity.value}s", numbers[severity], tone) for severity, tone in TONES.items()]
    return stack(parts, "findings by severity")


def _areas(report: Report) -> Section:
    headings = ["area", "score", "weight", "errors", "warnings", "infos", "counted"]
    body = table(headings, [_area(area) for area in report.score.areas], numbers=(2, 3, 4, 5, 6))
    services = [
        element("li", None, element("span", {"class": "name"}, name), meter(value / 100, f"{value:.1f}", _tone(value)))
        for name, value in report.score.services.items()
    ]
    listed = element("ul", {"class": "listed"}, services) if services else None
    return Section("score", "Score by area", join([body, listed]), tone=_tone(report.score.value), lead=FORMULA)


def _area(area: AreaScore) -> list[object]:
    return [
        element("b", None, area.area),
        meter(area.value / 100, f"{area.value:.1f}", _tone(area.value)),
        area.weight,
        f"{area.errors:,}",
        f"{area.warnings:,}",
        f"{area.infos:,}",
        f"{area.counted:,} {area.unit}",
    ]


def _tone(score: float) -> Tone:
    return Tone.GOOD if score == _CLEAN else Tone.WARN if score >= _CLEAN / 2 else Tone.BAD


def _trend(days: Sequence[Day]) -> Section | None:
    """The score from the first day to the last; a single day is no trend."""
    if len(days) < 2:
        return None
    first, last = days[0], days[-1]
    found = f"{last.errors - first.errors:+d} errors, {last.warnings - first.warnings:+d} warnings"
    label = f"score {first.score:.1f} on {first.day}, {last.score:.1f} on {last.day}"
    readings = [Reading(day.day, day.score) for day in days]
    return Section("trend", "Trend", trend(readings, _CLEAN, label, found), len(days))


def _clusters(report: Report) -> Section | None:
    """One ring per duplicated role: the first double in the middle, its copies around it."""
    by_first: dict[str, list[Finding]] = {}
    for finding in report.findings:
        if finding.rule == "GP101" and finding.related:
            first = finding.related[0]
            by_first.setdefault(f"{first.path}:{first.line}", []).append(finding)
    if not by_first:
        return None
    largest = sorted(by_first.items(), key=lambda item: -len(item[1]))[:_CLUSTERS_SHOWN]
    rings = [
        ring(first, [_place(member) for member in members], f"{_name(members[0])}: {len(members) + 1}")
        for first, members in largest
    ]
    left = len(by_first) - len(largest)
    more = element("p", {"class": "none"}, f"and {left:,} more") if left else None
    lead = "In the middle the first double of a real thing, around it those that came after."
    body = join([element("div", {"class": "rings"}, rings), more])
    return Section("duplicates", "Duplicate doubles", body, len(by_first), Tone.WARN, lead)


def _name(finding: Finding) -> str:
    return finding.scope.rpartition(".")[2]


def _rules(findings: Sequence[Finding]) -> Section | None:
    if not findings:
        return None
    numbers = Counter(finding.rule for finding in findings)
    rows = [
        [
            element("code", None, rule.id),
            word(rule.severity.value, TONES[rule.severity]),
            f"{numbers[rule.id]:,}",
            element("b", None, rule.name),
            rule.summary,
        ]
        for rule in catalogue().values()
        if numbers[rule.id]
    ]
    lead = "goldenpath audit --explain RULE says why, and how to mend it."
    body = table(["rule", "", "found", "name", "what it is about"], rows, numbers=(2,))
    return Section("rules", "Rules", body, len(rows), lead=lead)


def _findings(report: Report) -> Section | None:
    if not report.findings:
        return None
    rules = list(dict.fromkeys(finding.rule for finding in report.findings))
    new = set(report.new)
    rows = [
        [
            _SEVERITIES.index(finding.severity),
            rules.index(finding.rule),
            _STATES.index("new" if finding in new else "accepted"),
            _place(finding),
            finding.message,
        ]
        for finding in report.findings
    ]
    body = LongTable(
        "findings",
        [
            Column("severity", "tone", width="4.2rem"),
            Column("rule", "choice", rules, width="3.6rem"),
            Column("state", "choice", _STATES, width="5rem", wide=True),
            Column("place", "name", width="minmax(4rem, 1fr)"),
            Column("what", "text", width="minmax(5rem, 2fr)"),
        ],
        rows,
        [(severity.value, tone) for severity, tone in TONES.items()],
        noun="findings",
    ).render()
    tone = min((TONES[finding.severity] for finding in report.findings), key=list(TONES.values()).index)
    return Section("findings", "Findings", body, len(rows), tone)


def _place(finding: Finding) -> str:
    return f"{finding.path}:{finding.line}"
