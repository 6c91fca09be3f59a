"""Just enough of each server's protocol to know that it really answers, without loading a driver."""

from __future__ import annotations

import socket
from pathlib import Path

from goldenpath.services.ready import NotReady

TIMEOUT = 1.0
PROTOCOL_3 = 196608


def ask_postgres(path: Path, user: str, database: str, statement: str = "SELECT 1") -> None:
    """Log in over the Unix socket and run a statement; raise NotReady with the server's own words otherwise."""
    fields = f"user\0{user}\0database\0{database}\0\0".encode()
    with _connected(path) as server:
        server.sendall(_sized(PROTOCOL_3.to_bytes(4, "big") + fields))
        _read_postgres(server, until=b"Z")
        server.sendall(b"Q" + _sized(statement.encode() + b"\0"))
        _read_postgres(server, until=b"Z")
        server.sendall(b"X" + _sized(b""))


def ask_redis(path: Path, password: str | None = None) -> None:
    """PING over the Unix socket; raise NotReady unless PONG comes back."""
    with _connected(path) as server:
        server.sendall((f"AUTH {password}\r\n" if password else "").encode() + b"PING\r\n")
        answer = b""
        while b"PONG" not in answer and not answer.startswith(b"-"):
            chunk = server.recv(256)
            if not chunk:
                break
            answer += chunk
    if not answer.endswith(b"+PONG\r\n"):
        raise NotReady(f"PING was answered with {answer!r}")


class _connected:  # noqa: N801
    """A connection whose every failure is NotReady."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(TIMEOUT)
        self._path = path

    def __enter__(self) -> socket.socket:
        try:
            self._socket.connect(str(self._path))
        except OSError as error:
            self._socket.close()
            raise NotReady(f"{self._path} does not accept connections: {error.strerror or error}") from None
        return self._socket

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._socket.close()
        if isinstance(error, OSError):
            raise NotReady(f"{self._path} hung up: {error}") from None


def _sized(body: bytes) -> bytes:
    return (len(body) + 4).to_bytes(4, "big") + body


def _read_postgres(server: socket.socket, until: bytes) -> None:
    while True:
        kind = _exactly(server, 1)
        body = _exactly(server, int.from_bytes(_exactly(server, 4), "big") - 4)
        if kind == b"E":
            words = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
            raise NotReady(words.get(b"M", "the server refused the connection"))
        if kind == until:
            return


def _exactly(server: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        chunk = server.recv(count - len(received))
        if not chunk:
            raise NotReady("the server closed the connection")
        received += chunk
    return received
