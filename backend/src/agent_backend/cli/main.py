"""Find the command and run it; whatever it cannot do ends in one line and exit code 2."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from typing import Any, Final

from agent_backend import __version__
from agent_backend.cli import doctor, migrate, serve, usage, user
from agent_backend.cli.refusal import Refusal
from agent_backend.config import ConfigError
from agent_backend.embedded import EmbeddedError
from agent_backend.storage import MigrationError, StoreUnavailable

EXIT_OK: Final = 0
EXIT_REFUSED: Final = 2
EXIT_INTERRUPTED: Final = 130

COMMANDS: Final[dict[str, Any]] = {"serve": serve, "migrate": migrate, "user": user, "usage": usage, "doctor": doctor}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(argv)
    # Drivers log what they also raise; a command says it once, and serve sets up logs of its own.
    logging.basicConfig(handlers=[logging.NullHandler()])
    try:
        code: int | None = COMMANDS[options.command].run(options)
    except (Refusal, ConfigError, EmbeddedError, MigrationError, StoreUnavailable) as error:
        sys.stderr.write(f"agent-backend: {error}\n")
        return EXIT_REFUSED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return code or EXIT_OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="agent-backend", description="A multi-tenant AI spend advisor.")
    parser.add_argument("--version", action="version", version=f"agent-backend {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").splitlines()[0]
        module.configure(commands.add_parser(name, help=summary, description=summary, allow_abbrev=False))
    return parser
