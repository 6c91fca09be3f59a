"""Find the command and run it; whatever it cannot do ends in one line and exit code 2."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

from agent_backend import __version__
from agent_backend.cli.refusal import Refusal
from agent_backend.config import ConfigError
from agent_backend.embedded import EmbeddedError
from agent_backend.storage import MigrationError, StoreUnavailable

EXIT_OK: Final = 0
EXIT_REFUSED: Final = 2
EXIT_INTERRUPTED: Final = 130

COMMANDS: Final = {
    "serve": "serve HTTP and WebSockets; without configuration, on stores of its own",
    "migrate": "bring the schema of the database up to date",
    "user": "add users",
    "usage": "import usage records, or fill ClickHouse with them again",
    "doctor": "explain everything that is wrong with the configuration, and try every store",
}
"""Each is a module of this room, imported when it is asked for: what serves need not be loaded to migrate."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    options = _parser(next((word for word in words if word in COMMANDS), None)).parse_args(words)
    # Drivers log what they also raise; a command says it once, and serve sets up logs of its own.
    logging.basicConfig(handlers=[logging.NullHandler()])
    try:
        code: int | None = _module(options.command).run(options)
    except (Refusal, ConfigError, EmbeddedError, MigrationError, StoreUnavailable) as error:
        sys.stderr.write(f"agent-backend: {error}\n")
        return EXIT_REFUSED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return code or EXIT_OK


def _parser(wanted: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="agent-backend", description="A multi-tenant AI spend advisor.")
    parser.add_argument("--version", action="version", version=f"agent-backend {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        command = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        if name == wanted:
            _module(name).configure(command)
    return parser


def _module(name: str) -> Any:
    return import_module(f"agent_backend.cli.{name}")
