"""The report for people: what to do first, then the findings by rule, then how the score came about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from goldenpath.audit.auditing import Report
from goldenpath.audit.catalogue import catalogue
from goldenpath.audit.finding import Finding, Severity
from goldenpath.audit.score import FORMULA

if TYPE_CHECKING:
    from rich.console import Console

_STYLE: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_ORDER: Final = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_SHOWN: Final = 5
"""Findings of one rule that are listed unless all are asked for."""


def console(report: Report, out: Console, everything: bool = False) -> None:
    """Print the report."""
    groups = _groups(report.new)
    for rule_id, findings in groups:
        _group(out, rule_id, findings, everything)
    if groups:
        _first_steps(out, groups, report)
    _summary(out, report)


def _groups(findings: Iterable[Finding]) -> list[tuple[str, list[Finding]]]:
    by_rule: dict[str, list[Finding]] = {}
    for finding in findings:
        by_rule.setdefault(finding.rule, []).append(finding)
    return sorted(by_rule.items(), key=lambda item: (_ORDER[item[1][0].severity], item[0]))


def _group(out: Console, rule_id: str, findings: list[Finding], everything: bool) -> None:
    from rich.text import Text

    rule = catalogue()[rule_id]
    heading = Text(f"{rule_id} {rule.name}", style=_STYLE[findings[0].severity])
    heading.append(
        f"  {len(findings)} {findings[0].severity.value}{'s' if len(findings) > 1 else ''}: {rule.summary}",
        style="default",
    )
    out.print(heading)
    shown = findings if everything else findings[:_SHOWN]
    for finding in shown:
        out.print(Text(f"  {_printable(finding.path)}:{finding.line}: {_printable(finding.message)}"), soft_wrap=False)
    if len(shown) < len(findings):
        out.print(Text(f"  and {len(findings) - len(shown)} more; --all lists them", style="dim"))
    out.print()


def _first_steps(out: Console, groups: list[tuple[str, list[Finding]]], report: Report) -> None:
    from rich.text import Text

    out.print(Text("What to do first", style="bold"))
    steps: list[str] = []
    errors = [(rule_id, findings) for rule_id, findings in groups if findings[0].severity is Severity.ERROR]
    if errors:
        rule_id, findings = max(errors, key=lambda item: len(item[1]))
        steps.append(
            f"mend the {len(findings)} {catalogue()[rule_id].name} ({rule_id}): goldenpath audit --explain {rule_id}"
        )
    fixable = sum(len(findings) for rule_id, findings in groups if catalogue()[rule_id].fixable)
    if fixable:
        steps.append(f"let the machine try {fixable} of them: goldenpath migrate --dry-run")
    worst: dict[str, int] = {}
    for _, findings in groups:
        for finding in findings:
            worst[finding.path] = worst.get(finding.path, 0) + 1
    path, count = max(worst.items(), key=lambda item: item[1])
    if count > 2:
        steps.append(f"look at {_printable(path)}, which holds {count} of them")
    if not report.known:
        steps.append("accept the rest for now, and let it only shrink: goldenpath audit --update-baseline")
    for number, step in enumerate(steps, 1):
        out.print(Text(f"  {number}. {step}"))
    out.print()


def _summary(out: Console, report: Report) -> None:
    from rich.text import Text

    headings = f"  {'area':<14}{'score':>6}{'weight':>7}{'errors':>8}{'warnings':>9}{'infos':>7}  looked at"
    out.print(Text(headings, style="dim"))
    for area in report.score.areas:
        found = f"{area.errors:>8,}{area.warnings:>9,}{area.infos:>7,}  {area.counted:,} {area.unit}"
        out.print(Text(f"  {area.area:<14}{area.value:>6.1f}{area.weight:>7}{found}"))
    for service, value in report.score.services.items():
        out.print(Text(f"  service {service:<7}{value:>6.1f}"))
    out.print(Text(f"Score {report.score.value:.1f} of 100.", style="bold"), Text(FORMULA, style="dim"))
    counts = [
        f"{report.files:,} files, {report.tests:,} tests",
        f"{len(report.new)} new findings",
        f"{len(report.known)} in the baseline",
        f"{len(report.fixed)} of it fixed",
        f"{len(report.suppressed)} suppressed inline",
    ]
    out.print(Text(", ".join(counts) + "."))
    for note in report.notes:
        out.print(Text(f"Note: {_printable(note)}."))


def _printable(text: str) -> str:
    """Text without control characters, which could write to the terminal on their own."""
    plain = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return "".join(character if character.isprintable() else "\ufffd" for character in plain)
