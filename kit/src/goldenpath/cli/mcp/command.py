"""`goldenpath mcp`: offer the toolkit's questions to coding assistants."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from goldenpath.cli.commands import EXIT_OK, EXIT_USAGE


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--in", dest="place", type=Path, default=Path(), metavar="DIR", help="the project (default: .)")


def run(options: argparse.Namespace) -> int:
    """Serve until standard input ends."""
    if find_spec("mcp") is None:
        sys.stderr.write("goldenpath mcp: the package mcp is not installed; pip install 'goldenpath[mcp]'\n")
        return EXIT_USAGE
    if not options.place.is_dir():
        sys.stderr.write(f"goldenpath mcp: {options.place} is no folder; name the project with --in DIR\n")
        return EXIT_USAGE
    from goldenpath.cli.mcp.server import server

    server(options.place.resolve()).run("stdio")
    return EXIT_OK
