"""Uvicorn around the application: listens before it promises, announces when it is ready, stops when it is told."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn

from agent_backend.config import ConfigError, Settings
from agent_backend.context import Clock
from agent_backend.execution import Faults
from agent_backend.observability import Metrics
from agent_backend.web.application import create_app
from agent_backend.web.services import open_services
from agent_backend.workflow import WorkerRules

FRAME_LIMIT: Final = 64 * 1024
GRACE_SECONDS: Final = 5

Announce = Callable[[str, int], None]
"""Told the URL and the process id once requests are served."""

Reload = Callable[[], Settings]
"""Reads the settings again; raises ConfigError, and then changes nothing."""

logger = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """Uvicorn that tells when it serves, and leaves signals to us: it would close sockets with a code of its own."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._tell_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._tell_started()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any that is free. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


async def serve(
    settings: Settings,
    listener: socket.socket,
    announce: Announce,
    *,
    faults: Faults | None = None,
    rules: WorkerRules | None = None,
    reload: Reload | None = None,
    clock: Clock | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; then let go of the runs, close the sockets and leave nothing open.

    At SIGHUP the settings are read again; those that are broken leave the old ones in force.
    """
    told_to_stop = asyncio.Event()
    current = _Current(settings, reload)
    with _signals(told_to_stop.set, current.reload):
        async with open_services(lambda: current.settings, clock, faults=faults, rules=rules) as services:
            current.metrics = services.metrics
            config = uvicorn.Config(
                create_app(services),
                http="h11",
                ws="websockets-sansio",
                ws_max_size=FRAME_LIMIT,
                ws_per_message_deflate=False,
                ws_ping_interval=settings.sockets.heartbeat_interval_seconds,
                ws_ping_timeout=settings.sockets.heartbeat_timeout_seconds,
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
            server = _Server(config, lambda: announce(_url(listener), os.getpid()))
            serving = asyncio.create_task(server.serve([listener]))
            stopping = asyncio.create_task(told_to_stop.wait())
            await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
            await services.drain()
            stopping.cancel()
            server.should_exit = True
            await serving


class _Current:
    """The settings in force."""

    def __init__(self, settings: Settings, read: Reload | None) -> None:
        self.settings = settings
        self.metrics: Metrics | None = None
        self._read = read

    def reload(self) -> None:
        """Swap them for what the sources say now, or keep them and say why."""
        outcome = "refused"
        try:
            if self._read is not None:
                self.settings = self._read()
                outcome = "done"
                logger.info("the configuration was read again")
        except ConfigError as error:
            logger.error("the configuration was not reloaded: %s", error)
        if self.metrics is not None:
            self.metrics.config_reloads.labels(outcome).inc()


@contextlib.contextmanager
def _signals(stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    handled = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGHUP: reload}
    for number, handler in handled.items():
        loop.add_signal_handler(number, handler)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
