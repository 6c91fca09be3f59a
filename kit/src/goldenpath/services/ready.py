"""How a service of the user's shows that it is ready."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

CONNECT_TIMEOUT = 1.0


class NotReady(Exception):
    """Not yet; the message says what was tried and what answered."""


@dataclass(frozen=True)
class Announces:
    """It prints one JSON object on a line of its output, such as `{"url": "http://127.0.0.1:8000"}`, and answers there.

    This is how a server that takes a free port (`--port 0`) tells which one it got.
    """

    key: str = "url"

    def url(self, written: str) -> str:
        """The URL first announced in what was written; raises NotReady until there is one and its port answers."""
        url = self.found_in(written)
        connect(url)
        return url

    def found_in(self, written: str) -> str:
        """The URL first announced in what was written; raises NotReady until there is one."""
        for line in written.splitlines():
            url = self._announced(line)
            if url is not None:
                return url
        raise NotReady(f"no line of its output is a JSON object with {self.key!r}")

    def _announced(self, line: str) -> str | None:
        if not line.lstrip().startswith("{"):
            return None
        try:
            announcement: Any = json.loads(line)
        except ValueError:
            return None
        url = announcement.get(self.key)
        return url if isinstance(url, str) else None


@dataclass(frozen=True)
class Answers:
    """A GET of this URL is answered with a status below 400."""

    url: str

    def check(self) -> None:
        """Raise NotReady unless it is answered so."""
        from urllib.error import URLError
        from urllib.request import Request, urlopen

        try:
            with urlopen(Request(self.url), timeout=CONNECT_TIMEOUT) as answer:
                if answer.status >= 400:
                    raise NotReady(f"GET {self.url} answered {answer.status}")
        except (URLError, OSError) as error:
            raise NotReady(f"GET {self.url}: {error}") from None


@dataclass(frozen=True)
class Accepts:
    """A TCP connection to this URL's host and port is accepted."""

    url: str

    def check(self) -> None:
        """Raise NotReady unless it is accepted."""
        connect(self.url)


Ready = Announces | Answers | Accepts | Callable[[], bool]


def connect(url: str) -> None:
    """Raise NotReady unless something accepts a connection at the URL's host and port, or at its Unix socket."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        _connect_to_socket(parts.path)
        return
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    if parts.hostname is None or port is None:
        raise NotReady(f"{url!r} names no host and port to connect to, and is no unix:///path/to/socket")
    try:
        socket.create_connection((parts.hostname, port), timeout=CONNECT_TIMEOUT).close()
    except OSError as error:
        raise NotReady(f"{parts.hostname}:{port} does not accept connections: {error}") from None


def _connect_to_socket(path: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(CONNECT_TIMEOUT)
        try:
            client.connect(path)
        except OSError as error:
            raise NotReady(f"the socket {path} does not accept connections: {error}") from None
