"""Just enough of each server's protocol to know that it really answers, without loading a driver."""

from __future__ import annotations

import socket
from pathlib import Path

from goldenpath.services.ready import NotReady
from goldenpath.services.scram import MECHANISM, Scram

TIMEOUT = 1.0
PROTOCOL_3 = 196608
LOGGED_IN, CLEARTEXT, SASL, SASL_CONTINUE, SASL_FINAL = 0, 3, 10, 11, 12

At = Path | tuple[str, int]
"""A Unix socket, or a host and port."""


def ask_postgres(at: At, user: str, database: str, statement: str = "SELECT 1", password: str = "") -> None:
    """Log in and run a statement; raise NotReady with the server's own words otherwise."""
    fields = f"user\0{user}\0database\0{database}\0\0".encode()
    with _connected(at) as server:
        server.sendall(_sized(PROTOCOL_3.to_bytes(4, "big") + fields))
        _log_in(server, password)
        _read_postgres(server, until=b"Z")
        server.sendall(b"Q" + _sized(statement.encode() + b"\0"))
        _read_postgres(server, until=b"Z")
        server.sendall(b"X" + _sized(b""))


def ask_redis(at: At, password: str | None = None) -> None:
    """PING; raise NotReady unless PONG comes back."""
    with _connected(at) as server:
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

    def __init__(self, at: At) -> None:
        self._socket = socket.socket(socket.AF_UNIX if isinstance(at, Path) else socket.AF_INET, socket.SOCK_STREAM)
        self._socket.settimeout(TIMEOUT)
        self._address = str(at) if isinstance(at, Path) else at
        self._words = str(at) if isinstance(at, Path) else f"{at[0]}:{at[1]}"

    def __enter__(self) -> socket.socket:
        try:
            self._socket.connect(self._address)
        except OSError as error:
            self._socket.close()
            raise NotReady(f"{self._words} does not accept connections: {error.strerror or error}") from None
        return self._socket

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        self._socket.close()
        if isinstance(error, OSError):
            raise NotReady(f"{self._words} hung up: {error}") from None


def _sized(body: bytes) -> bytes:
    return (len(body) + 4).to_bytes(4, "big") + body


def _log_in(server: socket.socket, password: str) -> None:
    scram = Scram(password)
    while True:
        body = _read_postgres(server, until=b"R")
        asked = int.from_bytes(body[:4], "big")
        if asked == LOGGED_IN:
            return
        if asked == SASL:
            first = scram.first()
            server.sendall(b"p" + _sized(MECHANISM + b"\0" + len(first).to_bytes(4, "big") + first))
        elif asked == SASL_CONTINUE:
            server.sendall(b"p" + _sized(scram.final(body[4:])))
        elif asked == CLEARTEXT:
            server.sendall(b"p" + _sized(password.encode() + b"\0"))
        elif asked != SASL_FINAL:
            raise NotReady(f"the server asks for authentication method {asked}, which is not spoken here")


def _read_postgres(server: socket.socket, until: bytes) -> bytes:
    while True:
        kind = _exactly(server, 1)
        body = _exactly(server, int.from_bytes(_exactly(server, 4), "big") - 4)
        if kind == b"E":
            words = {part[:1]: part[1:].decode(errors="replace") for part in body.split(b"\0") if part}
            raise NotReady(words.get(b"M", "the server refused the connection"))
        if kind == until:
            return body


def _exactly(server: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        chunk = server.recv(count - len(received))
        if not chunk:
            raise NotReady("the server closed the connection")
        received += chunk
    return received
