"""Count the tests that stand in the files, and say which of them never run and why."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from goldenpath.cli.commands import EXIT_FAILED, EXIT_OK, EXIT_USAGE

if TYPE_CHECKING:
    from goldenpath.runner.census import TakenCensus
    from goldenpath.runner.census.comparison import Difference
    from goldenpath.runner.record import NotRun, TestResult

_SHOWN: Final = 12
"""Differences of one kind that are listed."""


class NotComparable(Exception):
    """What the census was to be compared with is not to be had."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="files and folders (default: the project)")
    parser.add_argument("--collect", action="store_true", help="run pytest --collect-only as well and compare")
    parser.add_argument(
        "--evidence",
        nargs="?",
        const="last",
        metavar="RUN",
        help="compare with what a run executed: a file, a run id, or the last",
    )
    parser.add_argument("--list", action="store_true", help="print every test with its category and marks")
    parser.add_argument("--all", action="store_true", help="show all differences, not only the first of each kind")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--no-cache", action="store_true", help="read every file anew and keep nothing")


def run(options: argparse.Namespace) -> int:
    """0 when every test that stands in the files can run; 1 when some never do; 2 when it cannot be told."""
    from goldenpath.runner.census import ConventionsError, take_census

    try:
        census = take_census(Path.cwd(), options.paths, keep=not options.no_cache)
        differences = _differences(census, options)
    except (ConventionsError, NotComparable, OSError) as error:
        sys.stderr.write(f"goldenpath census: {error}\n")
        return EXIT_USAGE
    if options.json:
        sys.stdout.write(json.dumps(_plain(census, differences), indent=1) + "\n")
    else:
        sys.stdout.write("".join(f"{line}\n" for line in _lines(census, differences, options)))
    return EXIT_FAILED if census.ghosts else EXIT_OK


def _differences(census: TakenCensus, options: argparse.Namespace) -> list[Difference] | None:
    if not options.collect and options.evidence is None:
        return None
    from goldenpath.runner.census.collecting import CollectingFailed, collect
    from goldenpath.runner.census.comparison import compare

    try:
        collected = collect(census.root, options.paths) if options.collect else None
    except CollectingFailed as error:
        raise NotComparable(str(error)) from None
    if options.evidence is None:
        return compare(census, collected)
    return compare(census, collected, *_executed(census, options.evidence))


def _executed(census: TakenCensus, name: str) -> tuple[list[TestResult], list[NotRun]]:
    """What a run's evidence says of every test."""
    from goldenpath.runner.evidence import EvidenceError, find_evidence, read_evidence
    from goldenpath.runner.record import NotRun, NotRunReason, Outcome, TestResult
    from goldenpath.runner.settings import UsageError, load_settings

    try:
        evidence = read_evidence(find_evidence(load_settings(census.root).folder / "evidence", name))
    except (EvidenceError, UsageError) as error:
        raise NotComparable(str(error)) from None
    results = [
        TestResult(row["node_id"], Outcome(row["outcome"]), message=row.get("message", ""))
        for row in evidence.of("result")
    ]
    not_run = [
        NotRun(row["node_id"], NotRunReason(row["reason"]), row.get("detail", "")) for row in evidence.of("not_run")
    ]
    return results, not_run


def _plain(census: TakenCensus, differences: list[Difference] | None) -> dict[str, object]:
    return {
        "format": "goldenpath-census",
        "version": 1,
        "root": str(census.root),
        "digest": census.digest,
        "files": census.files,
        "functions": len(census.entries),
        "tests": census.promised,
        "exact": census.exact,
        "entries": [asdict(entry) for entry in census.entries],
        "ghosts": [asdict(ghost) for ghost in census.ghosts],
        "differences": None if differences is None else [asdict(each) for each in differences],
    }


def _lines(census: TakenCensus, differences: list[Difference] | None, options: argparse.Namespace) -> list[str]:
    lines = []
    if options.list:
        for entry in census.entries:
            count = "?" if entry.count is None else str(entry.count)
            marks = " ".join((entry.category, *(f"@{mark}" for mark in entry.marks))).strip()
            lines.append(f"{count:>5}  {entry.stem}" + (f"  {marks}" if marks else ""))
        lines.append("")
    for ghost in census.ghosts:
        place = f"{ghost.path}:{ghost.line}"
        lines += [f"{place}  {ghost.reason}", f"    {ghost.message}"]
    if census.ghosts:
        lines.append("")
    if differences is not None:
        lines += _told(differences, len(differences) if options.all else _SHOWN)
    count = f"{census.promised:,}" if census.exact else f"at least {census.promised:,}"
    lines.append(f"{count} tests of {len(census.entries):,} functions in {census.files:,} files; {_never(census)}")
    if census.notice:
        lines.append(f"note: {census.notice}")
    return lines


def _never(census: TakenCensus) -> str:
    number = len(census.ghosts)
    if not number:
        return "nothing that looks like a test is left out"
    return "one thing looks like a test and never runs" if number == 1 else f"{number} look like tests and never run"


def _told(differences: Sequence[Difference], limit: int) -> list[str]:
    """The differences, grouped by their reason."""
    if not differences:
        return ["static, collected and executed are the same everywhere", ""]
    by_reason: dict[str, list[Difference]] = {}
    for difference in differences:
        by_reason.setdefault(difference.reason, []).append(difference)
    lines = []
    for reason, group in by_reason.items():
        shown = group[:limit]
        lines += [reason, *(f"    {_figures(each)}  {each.stem}" for each in shown)]
        if len(group) > len(shown):
            lines.append(f"    and {len(group) - len(shown)} more (--all shows them)")
    return [*lines, ""]


def _figures(difference: Difference) -> str:
    """Static → collected → executed, as far as they are known."""
    figures = [("?" if difference.static is None else str(difference.static))]
    figures += [str(each) for each in (difference.collected, difference.executed) if each is not None]
    return " → ".join(figures)
