"""Uvicorn around the application: listens before it promises, announces when it is ready, stops when it is told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn

from agent_backend.config import Settings
from agent_backend.execution import Faults
from agent_backend.web.application import create_app
from agent_backend.web.services import open_services
from agent_backend.workflow import WorkerRules

FRAME_LIMIT: Final = 64 * 1024
GRACE_SECONDS: Final = 5

Announce = Callable[[str, int], None]
"""Told the URL and the process id once requests are served."""


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
) -> None:
    """Serve until SIGINT or SIGTERM; then let go of the runs, close the sockets and leave nothing open."""
    told_to_stop = asyncio.Event()
    with _signals(told_to_stop.set):
        async with open_services(settings, faults=faults, rules=rules) as services:
            config = uvicorn.Config(
                create_app(services),
                http="h11",
                ws="websockets-sansio",
                ws_max_size=FRAME_LIMIT,
                ws_per_message_deflate=False,
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


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    loop = asyncio.get_running_loop()
    handled = (signal.SIGINT, signal.SIGTERM)
    for number in handled:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in handled:
            loop.remove_signal_handler(number)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
