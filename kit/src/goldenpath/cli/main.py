"""The way from the words of a command line to the command."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module

from goldenpath import __version__
from goldenpath.cli.commands import COMMANDS, EXIT_FAILED, EXIT_OK, EXIT_USAGE
from goldenpath.cli.examples import FIRST_STEPS, taught

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    try:
        code = dispatch(list(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stderr.write("goldenpath: interrupted\n")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
    return code


def dispatch(arguments: list[str]) -> int:
    """Find the command, import it alone, run it."""
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        sys.stdout.write(overview())
        return EXIT_OK if arguments else EXIT_USAGE
    if arguments[0] in {"-V", "--version"}:
        sys.stdout.write(f"goldenpath {__version__}\n")
        return EXIT_OK
    name, *rest = arguments
    command = COMMANDS.get(name)
    if command is None:
        sys.stderr.write(unknown(name))
        return EXIT_USAGE
    from goldenpath.cli.parsers import command_parser

    own, passed_on = _divided(rest) if command.passes_on else (rest, [])
    options = command_parser(name).parse_args(own, argparse.Namespace(passed_on=passed_on))
    code: int = import_module(command.module).run(options)
    return code


def _divided(words: list[str]) -> tuple[list[str], list[str]]:
    """What stands before the first `--`, and what follows it."""
    place = words.index("--") if "--" in words else len(words)
    return words[:place], words[place + 1 :]


def overview() -> str:
    """The text of `goldenpath --help`."""
    width = max((len(name) for name in COMMANDS), default=0)
    rows = [f"  {name:<{width}}  {command.summary}\n" for name, command in COMMANDS.items()]
    return "".join(
        [
            "usage: goldenpath COMMAND [OPTIONS]\n\n",
            "Test infrastructure for real-time, multi-tenant AI-agent backends.\n\n",
            *rows,
            f"\nFirst steps:\n\n{taught(FIRST_STEPS)}",
            "\n`goldenpath COMMAND --help` explains one command, with examples.\n",
        ]
    )


def unknown(name: str) -> str:
    """The one line that answers a command that does not exist."""
    near = get_close_matches(name, COMMANDS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"the commands are: {', '.join(COMMANDS)}"
    return f"goldenpath: there is no command {name!r}; {hint}\n"
