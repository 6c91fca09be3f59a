"""`goldenpath init`: add what a project needs to its settings, its CI and its hooks, and touch nothing else."""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path
from typing import Final

from goldenpath.cli.commands import EXIT_FAILED, EXIT_OK, EXIT_USAGE
from goldenpath.cli.init.piece import CannotAdd, Piece
from goldenpath.cli.init.planning import plan

NEXT: Final = """
next:
  goldenpath audit --update-baseline   accept what stands today; from now on it only shrinks
  goldenpath run                       run the tests, with evidence of what ran
  goldenpath find WORDS                look for what exists before writing it
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--in", dest="place", type=Path, default=Path(), metavar="DIR", help="the project (default: .)")
    parser.add_argument("--dry-run", action="store_true", help="show as a diff what would be added, and write nothing")


def run(options: argparse.Namespace) -> int:
    """Add what is missing; 0 when nothing is left to be done by hand."""
    if not options.place.is_dir():
        sys.stderr.write(f"goldenpath init: {options.place} is no folder; name the project with --in DIR\n")
        return EXIT_USAGE
    root, by_hand = options.place.resolve(), 0
    for piece in plan(root):
        if isinstance(piece, CannotAdd):
            by_hand += 1
            sys.stderr.write(f"goldenpath init: {piece}\n")
        elif options.dry_run:
            sys.stdout.write(_difference(root, piece))
        else:
            try:
                sys.stdout.write(_put(root, piece))
            except OSError as error:
                by_hand += 1
                sys.stderr.write(f"goldenpath init: {piece.path} cannot be written: {error.strerror}\n")
    if not options.dry_run and not by_hand:
        sys.stdout.write(NEXT)
    return EXIT_FAILED if by_hand else EXIT_OK


def _put(root: Path, piece: Piece) -> str:
    name = piece.path.relative_to(root).as_posix()
    if piece.done:
        return f"as it was  {name}\n"
    piece.write()
    return f"{'written' if piece.before is None else 'added to':<9}  {name}: {piece.what}\n"


def _difference(root: Path, piece: Piece) -> str:
    name = piece.path.relative_to(root).as_posix()
    before, after = ((each or b"").decode(errors="replace").splitlines(True) for each in (piece.before, piece.after))
    lines = difflib.unified_diff(before, after, name, name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
