"""The real thing: sockets of the operating system, spoken by the `websockets` package."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

from goldenpath.environment import MissingExtra
from goldenpath.live.errors import CloseUnanswered, ConnectionRejected, HandshakeFailed
from goldenpath.live.inbox import Inbox
from goldenpath.live.wire import BROKEN, CLIENT, LOST, READER, SERVER, Ending, Frame, Gone, Handshake

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection, connect
    from websockets.exceptions import ConnectionClosed

SCHEMES: Final = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


class SocketTransport:
    """Opens sockets to a server that runs already."""

    def __init__(self, base_url: str, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(base_url)
        scheme = SCHEMES.get(parts.scheme)
        if scheme is None or not parts.netloc:
            raise ValueError(f"base_url must look like http://host:port or ws://host:port, not {base_url!r}")
        self.address = urlunsplit((scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
        self._tls = tls

    def at(self, base_url: str) -> SocketTransport:
        """The same way to another instance."""
        return SocketTransport(base_url, self._tls)

    async def start(self, seconds: float) -> None:
        """The server is not this transport's to start."""

    async def stop(self, seconds: float) -> None:
        """Nor to stop."""

    async def open(self, handshake: Handshake, inbox: Inbox, seconds: float) -> SocketWire:
        """Open a socket; redirects are not followed, because the same request inside the loop could not be."""
        try:
            connector = _connector()
            from websockets.exceptions import InvalidHandshake, InvalidStatus
            from websockets.typing import Subprotocol
        except ModuleNotFoundError as missing:
            raise MissingExtra("a live socket", "websockets", "live") from missing

        url = self.address + handshake.path
        options: dict[str, Any] = {} if self._tls is None else {"ssl": self._tls}
        try:
            connection = await connector(
                f"{url}?{handshake.query}" if handshake.query else url,
                additional_headers=list(handshake.headers),
                subprotocols=[Subprotocol(name) for name in handshake.subprotocols] or None,
                open_timeout=seconds,
                close_timeout=seconds,
                compression=None,
                ping_interval=None,
                max_size=None,
                proxy=None,
                **options,
            )
        except InvalidStatus as refusal:
            answer = refusal.response
            raise ConnectionRejected(
                url, answer.status_code, headers=_plain(answer.headers), body=bytes(answer.body)
            ) from refusal
        except (InvalidHandshake, OSError, EOFError) as failure:
            raise HandshakeFailed(url, failure) from failure
        return SocketWire(connection, inbox, url)


class SocketWire:
    """One open socket, read by a task of its own so that what arrives is judged when it arrives."""

    def __init__(self, connection: ClientConnection, inbox: Inbox, url: str) -> None:
        self._connection = connection
        self._inbox = inbox
        self._url = url
        self._closing = False
        self._reader = asyncio.get_running_loop().create_task(self._read(), name=f"reader of {url}")

    @property
    def subprotocol(self) -> str | None:
        """What the server chose."""
        return self._connection.subprotocol

    @property
    def headers(self) -> Mapping[str, str]:
        """What the server answered."""
        response = self._connection.response
        return _plain(response.headers) if response is not None else {}

    async def send(self, frame: Frame, seconds: float) -> None:
        """Send one frame."""
        from websockets.exceptions import ConnectionClosed

        if self._inbox.ending is not None:
            raise Gone(self._inbox.ending)
        try:
            async with asyncio.timeout(seconds):
                await self._connection.send(frame)
        except ConnectionClosed as end:
            raise Gone(_ending(end, closing=self._closing)) from None

    async def close(self, code: int, reason: str, seconds: float) -> None:
        """Close and wait for the server's answer; where even the close frame finds no room, cut the connection."""
        self._inbox.lift()
        self._connection.close_timeout = seconds
        self._closing = self._inbox.ending is None
        try:
            async with asyncio.timeout(seconds):
                await self._connection.close(code, reason)
        except TimeoutError:
            self._connection.transport.abort()
        await self._reader
        ending = self._inbox.ending
        answered = self._connection.protocol.close_rcvd is not None
        if self._closing and not answered and ending is not None and ending.who == CLIENT:
            raise CloseUnanswered(self._url, seconds)

    async def drop(self) -> None:
        """Cut the connection."""
        self._inbox.end(Ending(CLIENT, LOST, "dropped on purpose"))
        self._connection.transport.abort()
        await self._reader

    async def _read(self) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            while True:
                await self._inbox.put(await self._connection.recv())
        except ConnectionClosed as end:
            self._inbox.end(_ending(end, closing=self._closing))
        except Gone:
            return
        except BaseException as error:
            self._inbox.end(Ending(READER, LOST, repr(error), error))
            self._connection.transport.abort()
            if not isinstance(error, Exception):
                raise


def _ending(end: ConnectionClosed, *, closing: bool) -> Ending:
    """Who ended it; a close frame that the websockets package sent by itself, over garbage say, is nobody's wish."""
    if end.rcvd is not None and (end.sent is None or end.rcvd_then_sent):
        return Ending(SERVER, end.rcvd.code, end.rcvd.reason)
    if end.sent is None:
        return Ending(BROKEN, LOST, "no close frame came")
    return Ending(CLIENT if closing else BROKEN, end.sent.code, end.sent.reason)


@cache
def _connector() -> type[connect]:
    from websockets.asyncio.client import connect

    class Connector(connect):
        def process_redirect(self, exc: Exception) -> Exception:
            return exc

    return Connector


def _plain(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
