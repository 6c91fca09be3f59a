"""Print the manual page."""

from __future__ import annotations

import argparse
import sys

from goldenpath.cli.commands import EXIT_OK
from goldenpath.cli.manual.roff import manual
from goldenpath.cli.tree import tree


def configure(parser: argparse.ArgumentParser) -> None:
    """There is nothing to declare."""


def run(options: argparse.Namespace) -> int:
    """Print it, to be read by `man -l -` or kept as goldenpath.1."""
    sys.stdout.write(manual(tree()))
    return EXIT_OK
