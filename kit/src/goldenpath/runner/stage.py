"""Before anything runs: collect in one process, read census and history meanwhile, then decide what runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from goldenpath.runner.census import ConventionsError, TakenCensus, take_census
from goldenpath.runner.completeness import Promise, missing
from goldenpath.runner.evidence import EvidenceError, find_evidence, read_evidence, verify
from goldenpath.runner.history import TestHistory
from goldenpath.runner.impact import ChangesUnknown, Impact, select_changed
from goldenpath.runner.local.collected import Collected
from goldenpath.runner.local.host import Host, HostFailed, Opening
from goldenpath.runner.opened import Opened
from goldenpath.runner.plan import Wish, chosen, make_plan
from goldenpath.runner.record import CollectionError, NotRun, Plan
from goldenpath.runner.request import Request
from goldenpath.runner.selection import Choice, Selection, select
from goldenpath.runner.settings import Settings, UsageError

_PYTEST_USAGE = 4


@dataclass(frozen=True)
class Staged:
    """Everything that is known before the first test."""

    host: Host
    opening: Opening
    collected: Collected
    selection: Selection
    plan: Plan
    promise: Promise
    missing: Sequence[NotRun]
    categories: frozenset[str]
    """Those that have tests, whether or not they were selected."""


class NotCollected(Exception):
    """Nothing could be collected at all."""

    def __init__(self, error: CollectionError) -> None:
        super().__init__(error.message)
        self.error = error


def stage(
    opened: Opened, request: Request, settings: Settings, history: TestHistory, tell: Callable[[str], None]
) -> Staged:
    """Decide, while the process that was opened collects."""
    wish = Wish(request.categories, request.layers, request.mode, request.alone, request.fail_fast)
    why = chosen(wish, settings)
    done = _done(request, settings)
    census = _census(request, settings)
    impact = _impact(request, census)
    collected = _collected(opened.host)
    for notice in filter(None, (census.notice, history.notice, impact.summary() if impact is not None else "")):
        tell(notice)
    if request.failed_first and history.notice:
        raise UsageError(f"--failed-first needs to know what failed: {history.notice}")
    affected = frozenset(impact.selected) if impact is not None else None
    selection = select(collected, Choice(request, settings, why, history, done, affected))
    promise = Promise.of(census, Path(collected.root), settings.may_be_missing)
    plan = make_plan(why, selection.items, selection.services, request.workers, settings, wish)
    present = frozenset(settings.categories.of(found.path, found.marks) for found in collected.items)
    named = [path for path in request.paths if "::" in path]
    absent = missing(promise, collected, named)
    return Staged(opened.host, opened.opening, collected, selection, plan, promise, absent, present)


def _census(request: Request, settings: Settings) -> TakenCensus:
    paths = [request.root / path.partition("::")[0] for path in request.paths]
    try:
        return take_census(settings.root, paths, categorise=settings.categories.of)
    except (FileNotFoundError, ConventionsError) as error:
        raise UsageError(str(error)) from None


def _impact(request: Request, census: TakenCensus) -> Impact | None:
    if not request.changed_since:
        return None
    try:
        return select_changed(census.root, request.changed_since, {entry.path for entry in census.entries})
    except ChangesUnknown as error:
        raise UsageError(f"--changed-since {request.changed_since}: {error}") from None


def _collected(host: Host) -> Collected:
    try:
        return host.collected()
    except HostFailed as error:
        text = str(error)
        message = _telling(text)
        if error.status == _PYTEST_USAGE and "conftest" not in text:
            raise UsageError(message) from None
        path = error.collecting
        if path:
            message = f"importing it ended the process: {message}"
        raise NotCollected(CollectionError(path, message, text)) from None


def _telling(text: str) -> str:
    """The line of pytest's that says what was wrong."""
    lines = [line for line in text.splitlines() if line.strip()]
    for sign in (": error: ", "ERROR: ", "E  "):
        for line in lines:
            if sign in line:
                return line.partition(sign)[2].strip()
    return lines[-1] if lines else text


def _done(request: Request, settings: Settings) -> frozenset[str]:
    if not request.resume_from:
        return frozenset()
    try:
        evidence = read_evidence(find_evidence(settings.folder / "evidence", request.resume_from))
    except EvidenceError as error:
        raise UsageError(f"--resume-from: {error}") from None
    problems = verify(evidence) if evidence.manifest is not None else []
    if problems:
        raise UsageError(f"--resume-from: {problems[0]}")
    return evidence.good


def narrowed(request: Request) -> str:
    """What narrows the selection, in the caller's words."""
    return ", ".join(f"{name} {value}" for name, value in _narrowing(request))


def _narrowing(request: Request) -> Sequence[tuple[str, str]]:
    given = [
        ("--categories", ",".join(request.categories)),
        ("--layers", ",".join(request.layers)),
        ("--mode", request.mode),
        ("--keyword", request.keyword),
        ("--markers", request.markers),
        ("--pattern", request.pattern),
        ("--shard", str(request.shard or "")),
        ("--changed-since", request.changed_since),
        ("--resume-from", request.resume_from),
        ("", " ".join(request.paths)),
    ]
    return [(name, value) for name, value in given if value]
