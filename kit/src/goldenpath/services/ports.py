"""TCP ports without a race: the server's own bind is the reservation, and it is tried again elsewhere if it fails."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

from goldenpath.services.errors import StartError, UnavailableError

LOOPBACK: Final = "127.0.0.1"
ATTEMPTS: Final = 20


class PortTaken(Exception):
    """Somebody else listens there."""


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def on_some_port(
    name: str, wanted: int | None, listen: Callable[[int], None], candidate: Callable[[], int] = free_port
) -> int:
    """Let `listen` bind the wanted port, or any; it raises PortTaken when the port is not to be had."""
    if wanted is not None:
        try:
            listen(wanted)
        except PortTaken:
            raise UnavailableError(
                f"service {name!r} is to listen on port {wanted}, which is taken by another program; "
                "end that program, choose another port, or let tcp=True take a free one"
            ) from None
        return wanted
    for _ in range(ATTEMPTS):
        port = candidate()
        try:
            listen(port)
        except PortTaken:
            continue
        return port
    raise StartError(f"service {name!r} found each of {ATTEMPTS} ports taken that were free a moment before")
