"""`goldenpath find WORDS`: search first, create second."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from goldenpath.cli.commands import EXIT_FAILED, EXIT_OK, EXIT_USAGE
from goldenpath.cli.find.entry import KINDS, Entry
from goldenpath.cli.find.project import Shelf, project
from goldenpath.cli.find.ranking import Hit, ranked
from goldenpath.cli.find.toolkit import toolkit

WIDTH = 80
INDENT = 10
MOST = 8


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("words", nargs="+", metavar="WORDS", help="what you need, in your own words")
    parser.add_argument("--in", dest="place", type=Path, default=Path(), metavar="DIR", help="the project (default: .)")
    parser.add_argument("--kind", choices=tuple(KINDS), help="only things of this kind")
    parser.add_argument("--most", type=int, default=MOST, metavar="N", help="how many to show (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(options: argparse.Namespace) -> int:
    """Search, and print what fits best; 0 when something does."""
    question = " ".join(options.words)
    if options.most < 1:
        return _refused(f"--most takes a number from 1, got {options.most}")
    if not options.place.is_dir():
        return _refused(f"{options.place} is no folder; name the project with --in DIR")
    shelf, hits = search(question, options.place, options.kind)
    shown = hits[: options.most]
    sys.stdout.write(_as_json(question, shelf, hits, shown) if options.json else _as_text(question, shelf, hits, shown))
    return EXIT_OK if hits else EXIT_FAILED


def search(question: str, place: Path, kind: str | None = None) -> tuple[Shelf, list[Hit]]:
    """What the project and the toolkit have that answers the question."""
    shelf = project(place)
    entries: list[Entry] = [*shelf.entries, *toolkit()]
    unique = {(each.kind, each.name, each.place): each for each in entries}.values()
    return shelf, [hit for hit in ranked(question, unique) if kind in {None, hit.entry.kind}]


def _refused(reason: str) -> int:
    sys.stderr.write(f"goldenpath find: {reason}\n")
    return EXIT_USAGE


def _as_json(question: str, shelf: Shelf, hits: Sequence[Hit], shown: Sequence[Hit]) -> str:
    found = [{**asdict(hit.entry), "score": round(hit.score, 3)} for hit in shown]
    looked_at = {"files": shelf.files, "unread": shelf.unread}
    return json.dumps({"question": question, "hits": len(hits), "found": found, "project": looked_at}) + "\n"


def _as_text(question: str, shelf: Shelf, hits: Sequence[Hit], shown: Sequence[Hit]) -> str:
    lines = [line for hit in shown for line in _entry(hit.entry)]
    if not hits:
        lines = [f"nothing answers {question!r}, neither in the toolkit nor in the project's {shelf.files} files"]
    elif len(hits) > len(shown):
        lines.append(f"{len(hits) - len(shown)} more fit less well: --most {len(hits)} shows them")
    lines += [f"not read: {_cut(each, WIDTH - INDENT)}" for each in shelf.unread]
    return "\n".join(lines).rstrip() + "\n"


def _entry(entry: Entry) -> list[str]:
    files = f"{entry.uses} other file{'s' if entry.uses != 1 else ''}"
    used = f", mentioned in {files}" if entry.origin == "project" else ""
    told = [f"{entry.name}{entry.signature}", entry.summary, f"{entry.place}{used}"]
    first, *rest = [_cut(each, WIDTH - INDENT) for each in told if each]
    return [f"{entry.kind:<{INDENT - 1}} {first}", *(f"{'':{INDENT}}{each}" for each in rest), ""]


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 4].rstrip(" ,") + " ..."
