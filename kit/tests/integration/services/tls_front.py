"""TLS in front of a server that speaks none, as PostgreSQL (asked for in its protocol) or plainly, as Redis."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CERTIFICATE = Path(__file__).parent / "tls" / "server.pem"
KEY = CERTIFICATE.with_suffix(".key")
SSL_REQUEST = bytes([0, 0, 0, 8, 4, 210, 22, 47])


@contextmanager
def tls_front(path: Path, *, postgres: bool) -> Iterator[int]:
    """The port on which the server at this Unix socket speaks TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE, KEY)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, context, path, postgres))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(listener: socket.socket, context: ssl.SSLContext, path: Path, postgres: bool) -> None:
    threads = []
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            threads.append(threading.Thread(target=_talk, args=(client, context, path, postgres)))
            threads[-1].start()
    for thread in threads:
        thread.join()


def _talk(client: socket.socket, context: ssl.SSLContext, path: Path, postgres: bool) -> None:
    with client, contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as server:
        server.connect(str(path))
        if postgres:
            first = client.recv(8)
            if first != SSL_REQUEST:
                client.sendall(b"E" + (22).to_bytes(4, "big") + b"SFATAL\0MSSL required\0\0")
                return
            client.sendall(b"S")
        with context.wrap_socket(client, server_side=True) as secure:
            back = threading.Thread(target=_pour, args=(server, secure))
            back.start()
            _pour(secure, server)
            back.join()


def _pour(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while chunk := source.recv(1 << 14):
            target.sendall(chunk)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
