"""Check what runs left behind: untouched, free of contradictions, complete over all shards."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from goldenpath.cli.commands import EXIT_FAILED, EXIT_OK, EXIT_USAGE

if TYPE_CHECKING:
    from goldenpath.runner.evidence import Evidence

_INCOMPLETE = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = actions.add_parser("verify", help="check evidence; ends 0 only if all of it holds")
    verify.add_argument("runs", nargs="*", default=["last"], metavar="RUN", help="files or run ids (default: last)")
    verify.add_argument("--shards", action="store_true", help="these must together be one whole run")
    show = actions.add_parser("show", help="print what a run says of itself")
    show.add_argument("runs", nargs="*", default=["last"], metavar="RUN")


def run(options: argparse.Namespace) -> int:
    """Check or show; 1 when evidence does not hold, 3 when shards are missing."""
    from goldenpath.runner.evidence import EvidenceError, find_evidence, read_evidence
    from goldenpath.runner.settings import UsageError, load_settings, project_root

    try:
        folder = load_settings(project_root(Path.cwd())).folder / "evidence"
        found = [find_evidence(folder, name) for name in options.runs]
    except (EvidenceError, UsageError) as error:
        sys.stderr.write(f"goldenpath evidence: {error}\n")
        return EXIT_USAGE
    try:
        several = [read_evidence(path) for path in found]
    except EvidenceError as error:
        sys.stderr.write(f"goldenpath evidence: {error}\n")
        return EXIT_FAILED
    if options.action == "show":
        for each in several:
            sys.stdout.write(_told(each))
        return EXIT_OK
    return _verify(several, shards=options.shards)


def _verify(several: list[Evidence], *, shards: bool) -> int:
    from goldenpath.runner.evidence import complete_shards, verify

    problems = [problem for each in several for problem in verify(each)]
    missing = complete_shards(several) if shards else []
    for problem in [*problems, *missing]:
        sys.stderr.write(f"goldenpath evidence: {problem}\n")
    if problems:
        return EXIT_FAILED
    if missing:
        return _INCOMPLETE
    for each in several:
        sys.stdout.write(f"{each.path.name} holds: {len(each.of('result'))} results, digest {each.digest}\n")
    return EXIT_OK


def _told(evidence: Evidence) -> str:
    verdict, header = evidence.verdict, evidence.header
    results = evidence.of("result")
    lines = [
        f"{header['run_id']}  {'sealed' if evidence.manifest else 'never ended'}",
        f"  asked     {' '.join(header['asked']['arguments']) or '(everything)'}",
        f"  verdict   {verdict.get('code', '-')} {verdict.get('cause', '')}: {verdict.get('message', 'none')}",
        f"  results   {len(results)}, of which bad: {len(results) - len(evidence.good)}",
        f"  not run   {len(evidence.of('not_run'))}",
        f"  digest    {evidence.digest}",
    ]
    return "\n".join(lines) + "\n"
