"""Serve HTTP and WebSockets until SIGINT or SIGTERM; without configuration, on stores of its own."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from importlib import import_module

from agent_backend.cli.configuration import add_config_option, config_manager
from agent_backend.cli.deployment import Deployment, deployment
from agent_backend.cli.output import write_event
from agent_backend.cli.refusal import Refusal
from agent_backend.cli.supervisor import Supervisor
from agent_backend.config import Settings, UnifiedConfigManager
from agent_backend.observability import configure_logging, configure_tracing
from agent_backend.storage import migrate
from agent_backend.web import listen, serve

MOST_INSTANCES = 64


def configure(parser: argparse.ArgumentParser) -> None:
    """Host and port win over their settings."""
    add_config_option(parser)
    parser.add_argument("--migrate", action="store_true", help="bring the schema up to date first")
    parser.add_argument("--host", help="address to listen on (default: AGENT_BACKEND_HOST, or 127.0.0.1)")
    parser.add_argument(
        "--port", type=_port, help="port to listen on, 0 for any free one (default: AGENT_BACKEND_PORT, or 8000)"
    )
    parser.add_argument(
        "--instances", type=_count, default=1, metavar="N", help="processes that share the port and the stores"
    )
    parser.add_argument("--inherited-listener", type=int, help=argparse.SUPPRESS)


def run(options: argparse.Namespace) -> int:
    """Listen first, so that a taken port changes nothing; then open the stores, announce readiness, serve."""
    if options.inherited_listener is not None:
        _serve_as_instance(options)
        return 0
    config = config_manager(options)
    host = config.require("server.host") if options.host is None else options.host
    port = config.require("server.port") if options.port is None else options.port
    with _listen(host, port) as listener, deployment(options, shared=options.instances > 1) as found:
        _prepare(options, found)
        if options.instances > 1:
            return Supervisor(_instance_command(options), found.variables, listener, options.instances).run()
        _serve(found.config, listener)
    return 0


def _prepare(options: argparse.Namespace, found: Deployment) -> None:
    settings = found.config.get_config()
    if options.migrate or found.embedded:
        migrate(settings.database.url.get_secret_value())
    if found.embedded:
        stores = ["PostgreSQL", "Redis", *(["ClickHouse"] if found.embedded.clickhouse_url else [])]
        write_event("embedded", directory=str(found.embedded.directory), stores=stores)


def _serve(config: UnifiedConfigManager, listener: socket.socket) -> None:
    settings = config.get_config()
    configure_logging(settings.log.level, settings.log.format.value, sys.stderr, config.secrets)
    try:
        configure_tracing(os.environ)
    except ModuleNotFoundError as error:
        raise Refusal(str(error)) from None
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(serve(settings, listener, _announce, reload=lambda: _reloaded(config)))


def _reloaded(config: UnifiedConfigManager) -> Settings:
    config.reload()
    return config.get_config()


def _serve_as_instance(options: argparse.Namespace) -> None:
    """One of several below a supervisor; the end of its standard input is the end of the supervisor."""
    threading.Thread(target=_stop_with_supervisor, daemon=True).start()
    with socket.socket(fileno=options.inherited_listener) as listener:
        _serve(config_manager(options), listener)


def _stop_with_supervisor() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _instance_command(options: argparse.Namespace) -> list[str]:
    config = [] if options.config is None else ["--config", str(options.config)]
    return [sys.executable, "-m", "agent_backend", "serve", *config]


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


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_INSTANCES:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of instances from 1 to {MOST_INSTANCES}")
    return int(text)
