"""Print the completion of a shell."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Final

from goldenpath.cli.commands import EXIT_OK
from goldenpath.cli.completion.bash import bash_script
from goldenpath.cli.completion.fish import fish_script
from goldenpath.cli.completion.zsh import zsh_script
from goldenpath.cli.tree import Branch, tree

SHELLS: Final[dict[str, Callable[[Branch], str]]] = {"bash": bash_script, "zsh": zsh_script, "fish": fish_script}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("shell", choices=SHELLS, help="whose completion to print")


def run(options: argparse.Namespace) -> int:
    """Print it."""
    sys.stdout.write(SHELLS[options.shell](tree()))
    return EXIT_OK
