"""One audit from paths to report."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from goldenpath.audit.baseline import Baseline, Identity, compare
from goldenpath.audit.cache import Cache, CacheDamaged, cache_path
from goldenpath.audit.catalogue import catalogue
from goldenpath.audit.config import Config, load_config, project_root
from goldenpath.audit.discovery import Listing, discover
from goldenpath.audit.finding import Finding, in_order
from goldenpath.audit.gathering import Gathered, Progress, gather
from goldenpath.audit.inspection import Inspection
from goldenpath.audit.ledger import Ledger, reference_changes, suppress
from goldenpath.audit.project import Project
from goldenpath.audit.score import Score, score


@dataclass(frozen=True)
class Report:
    """Everything an audit found out."""

    root: Path
    files: int
    tests: int
    parsed: int
    data_files: int
    findings: list[Finding]
    """All that stand: new and known ones, those about the books included."""
    new: list[Finding]
    known: list[Finding]
    suppressed: list[Finding]
    fixed: frozenset[Identity]
    score: Score
    complete: bool
    """The whole project was looked at."""
    notes: tuple[str, ...]
    inspection: Inspection


@dataclass(frozen=True)
class Request:
    """What to audit and how."""

    paths: Sequence[Path] = (Path(),)
    config: Config | None = None
    rules: tuple[str, ...] = ()
    baseline: Path | None = None
    reference: Baseline | None = None
    locked: bool = False
    changed: frozenset[str] | None = None
    """Look only at these files."""
    added_lines: dict[str, set[int]] | None = None
    """Report only what stands on these lines."""
    cache: Path | None = None
    keep_facts: bool = True
    today: date | None = None
    progress: Progress | None = None


class NothingToAudit(ValueError):
    """The paths hold no Python file."""


def audit(request: Request) -> Report:
    """Look at a project and say what is wrong with it; writes nothing but the facts of its files.

    A million small facts and no cycles: the collector would walk them again and again in vain, so it is paused.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        return _audit(request)
    finally:
        if collecting:
            gc.enable()


def _audit(request: Request) -> Report:
    for path in request.paths:
        if not path.exists():
            raise NothingToAudit(f"there is no {path}")
    root = request.config.root if request.config else project_root(Path(request.paths[0]).resolve())
    config = request.config or load_config(root)
    listing = discover(config)
    reported = _reported(config, request)
    if request.changed is None and not any(reported(found.path) for found in listing.files):
        raise NothingToAudit(
            f"no Python file in {', '.join(map(str, request.paths))} (below {root}, exclusions left out)"
        )
    location = request.cache or cache_path(root)

    def judge() -> Report:
        facts = gather(root, listing.files, Cache(location), request.progress, request.keep_facts)
        return _judge(request, config, facts, listing, reported)

    try:
        return judge()
    except CacheDamaged:
        location.unlink(missing_ok=True)
        return judge()


def _judge(
    request: Request, config: Config, gathered: Gathered, listing: Listing, reported: Callable[[str], bool]
) -> Report:
    project = Project(config, gathered.entries, gathered.cache, reported)
    inspection = Inspection(project)
    rules = [
        rule
        for rule in catalogue().values()
        if config.wants(rule.id) and (not request.rules or rule.id.startswith(request.rules))
    ]
    found = [
        finding
        for rule in rules
        if rule.find is not None
        for finding in rule.find(inspection)
        if reported(finding.path)
    ]
    ordered = in_order([_weighed(config, finding) for finding in found])
    standing, suppressed, used = suppress(project, ordered, [rule.id for rule in rules], request.today or date.today())
    baseline_path = request.baseline or config.root / config.baseline
    before = Baseline.load(baseline_path)
    accepted = before or Baseline()
    exists = project.by_path.__contains__
    run = tuple(rule.id for rule in rules)
    comparison = compare(standing, accepted, reported, exists)
    comparison = replace(comparison, fixed=frozenset(entry for entry in comparison.fixed if entry[0].startswith(run)))
    result = score(inspection, standing)
    complete = request.changed is None and all(reported(path) for path in project.by_path) and not request.rules
    grown, shrunk = reference_changes(before, request.reference)
    ledger = Ledger(
        project, _shown(baseline_path, config.root), comparison, used, grown, shrunk, request.locked, result.value,
        accepted.score if complete else None,
    )  # fmt: skip
    books = in_order(
        [_weighed(config, finding) for rule in rules if rule.judge is not None for finding in rule.judge(ledger)]
    )
    new = _on_lines(comparison.new, request.added_lines)
    notes = [note for note in (gathered.note,) if note]
    if listing.unreadable:
        shown = ", ".join(listing.unreadable[:3])
        notes.append(f"{len(listing.unreadable)} folder(s) or file(s) could not be listed: {shown}")
    if listing.data_files:
        notes.append(f"{listing.data_files} Python file(s) in data folders of tests are inputs and were not judged")
    return Report(
        root=config.root,
        files=sum(1 for path in project.by_path if reported(path)),
        tests=next((area.counted for area in result.areas if area.area == "ghosts"), 0),
        parsed=gathered.parsed,
        data_files=listing.data_files,
        findings=[*books, *new, *comparison.known],
        new=[*books, *new],
        known=comparison.known,
        suppressed=suppressed,
        fixed=comparison.fixed,
        score=result,
        complete=complete,
        notes=tuple(notes),
        inspection=inspection,
    )


def shrunk(report: Report, before: Baseline) -> Baseline:
    """The baseline without what is fixed, and with what moved under its new path; what was not looked at stays."""
    moved_to = {finding.identity for finding in report.known}
    kept = {entry for entry in before.entries if entry not in report.fixed}
    exists = report.inspection.project.by_path
    kept = {entry for entry in kept if entry in moved_to or entry[1] in exists} | (
        moved_to if report.complete else set()
    )
    value = report.score.value if report.complete else before.score
    return Baseline(frozenset(kept), max(value, before.score or 0) if value is not None else None)


def _weighed(config: Config, finding: Finding) -> Finding:
    severity = config.severity.get(finding.rule)
    return finding if severity is None or severity is finding.severity else replace(finding, severity=severity)


def _reported(config: Config, request: Request) -> Callable[[str], bool]:
    if request.changed is not None:
        return request.changed.__contains__
    prefixes = []
    for path in request.paths:
        inner = path.resolve()
        if inner == config.root.resolve():
            return lambda _: True
        if not inner.is_relative_to(config.root.resolve()):
            raise NothingToAudit(f"{path} lies outside of the project {config.root}; audit one project at a time")
        prefixes.append(inner.relative_to(config.root.resolve()).as_posix())
    exact, folders = frozenset(prefixes), tuple(prefix + "/" for prefix in prefixes)
    return lambda path: path in exact or path.startswith(folders)


def _on_lines(findings: list[Finding], lines: dict[str, set[int]] | None) -> list[Finding]:
    if lines is None:
        return findings
    return [
        finding
        for finding in findings
        if not lines.get(finding.path, set()).isdisjoint(range(finding.line, max(finding.end_line, finding.line) + 1))
    ]


def _shown(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path)
