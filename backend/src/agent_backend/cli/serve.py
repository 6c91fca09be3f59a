"""Serve HTTP and WebSockets until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import logging
import socket
import sys
from collections.abc import Callable
from importlib import import_module

from agent_backend.cli.configuration import add_config_option, config_manager
from agent_backend.cli.output import write_event
from agent_backend.cli.refusal import Refusal
from agent_backend.storage import migrate
from agent_backend.web import listen, serve


def configure(parser: argparse.ArgumentParser) -> None:
    """Host and port win over their settings."""
    add_config_option(parser)
    parser.add_argument("--migrate", action="store_true", help="bring the schema up to date first")
    parser.add_argument("--host", help="address to listen on (default: AGENT_BACKEND_HOST, or 127.0.0.1)")
    parser.add_argument(
        "--port", type=_port, help="port to listen on, 0 for any free one (default: AGENT_BACKEND_PORT, or 8000)"
    )


def run(options: argparse.Namespace) -> None:
    """Listen first, so that a taken port changes nothing; then open the stores, announce readiness, serve."""
    settings = config_manager(options).get_config()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    host = settings.server.host if options.host is None else options.host
    port = settings.server.port if options.port is None else options.port
    with _listen(host, port) as listener:
        if options.migrate:
            migrate(settings.database.url.get_secret_value())
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(serve(settings, listener, _announce))


def _announce(url: str, pid: int) -> None:
    write_event("ready", url=url, pid=pid)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return listen(host, port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Refusal(
            f"cannot listen on {host}:{port} ({reason}); choose another with --host and --port, "
            "or AGENT_BACKEND_HOST and AGENT_BACKEND_PORT"
        ) from error


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop, except on Windows, where it does not exist."""
    if sys.platform == "win32":
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = import_module("uvloop").new_event_loop
    return factory


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port; it must be a number from 0 to 65535")
    return int(text)
