"""The parser of each command, made in one place for whoever parses, completes or documents."""

from __future__ import annotations

import argparse
from importlib import import_module

from goldenpath.cli.commands import COMMANDS
from goldenpath.cli.examples import EXAMPLES, taught


def command_parser(name: str) -> argparse.ArgumentParser:
    """The parser of a command; its module is imported by that."""
    command = COMMANDS[name]
    parser = argparse.ArgumentParser(prog=f"goldenpath {name}", description=command.summary, allow_abbrev=False)
    import_module(command.module).configure(parser)
    if name in EXAMPLES:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.epilog = f"{parser.epilog or ''}\n\nexamples:\n{taught(EXAMPLES[name])}".strip()
    return parser
