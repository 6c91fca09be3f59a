"""How a user talks to the endpoint: over a WebSocket, or by requests whose answers stream. One face for both."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import quote

from goldenpath.live import CloseUnanswered, ConnectionRejected, Ending, HandshakeFailed
from goldenpath.live.inbox import Inbox
from goldenpath.live.journal import Arrival
from goldenpath.live.sockets import SocketTransport, SocketWire
from goldenpath.live.wire import BROKEN, CLIENT, LOST, SERVER, Frame, Gone, Handshake
from goldenpath.probe.http import EventStream, HttpFailure, streamed
from goldenpath.probe.target import Target

EVENTS: Final = "text/event-stream"
OK: Final = 200
SHOWN: Final = 120


class Refused(Exception):
    """The endpoint did not let one in, or did not take what was sent."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class NoLine(Exception):
    """Nobody answered, or nobody who speaks the protocol."""


class Listener(Protocol):
    """Who is told what comes over a line."""

    def hear(self, frame: Frame) -> None:
        """A frame has arrived."""

    def refused(self, reason: str) -> None:
        """What was sent was not taken."""

    def over(self, ending: Ending) -> None:
        """Nothing more comes."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The request with its gaps filled."""

    path: str
    query: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    subprotocols: tuple[str, ...] = field(repr=False)

    @property
    def query_string(self) -> str:
        """The query as it stands in an address."""
        own = self.path.partition("?")[2]
        pairs = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in self.query.items()]
        return "&".join(filter(None, [own, *pairs]))

    @property
    def plain_path(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]

    def anonymous(self) -> Opening:
        """The same of somebody who does not say who it is."""
        return Opening(self.path, {}, {}, ())


class Line(Protocol):
    """One user's connection."""

    async def open(self, seconds: float) -> None:
        """Connect; raises Refused or NoLine."""

    async def send(self, frame: Frame, seconds: float) -> None:
        """Send a frame; raises NoLine when that cannot be done any more."""

    async def close(self, seconds: float) -> bool:
        """Leave in the orderly way; whether the endpoint took part in it."""

    async def cut(self) -> None:
        """Leave as a cut cable does."""

    def deafen(self, deaf: bool) -> None:
        """Read nothing from now on, or read again."""


class _Ear(Inbox):
    """Where frames go at once to the listener; deaf, it holds the wire up instead."""

    def __init__(self, listener: Listener) -> None:
        super().__init__(1, lambda frame: Arrival(frame, None))
        self._listener = listener
        self.listening = asyncio.Event()
        self.listening.set()

    async def put(self, frame: Frame) -> None:
        if not self.listening.is_set():
            await self.listening.wait()
        if self.ending is not None:
            raise Gone(self.ending)
        self._listener.hear(frame)

    def end(self, ending: Ending) -> None:
        if self.ending is None:
            self.ending = ending
            self.listening.set()
            self._listener.over(ending)

    def lift(self) -> None:
        self.listening.set()


class SocketLine:
    """A WebSocket."""

    def __init__(self, target: Target, opening: Opening, listener: Listener) -> None:
        self._transport = SocketTransport(target.origin)
        self._opening = opening
        self._ear = _Ear(listener)
        self._wire: SocketWire | None = None

    async def open(self, seconds: float) -> None:
        opening = self._opening
        handshake = Handshake(
            opening.plain_path, opening.query_string, tuple(opening.headers.items()), opening.subprotocols
        )
        try:
            self._wire = await self._transport.open(handshake, self._ear, seconds)
        except ConnectionRejected as refusal:
            told = refusal.body[:SHOWN].decode(errors="replace")
            message = f"the handshake was refused with HTTP {refusal.status} {told}".rstrip()
            raise Refused(message, refusal.status) from None
        except HandshakeFailed as failure:
            raise NoLine(str(failure)) from failure

    async def send(self, frame: Frame, seconds: float) -> None:
        assert self._wire is not None
        try:
            await self._wire.send(frame, seconds)
        except Gone as gone:
            raise NoLine(told(gone.ending)) from None
        except TimeoutError:
            raise NoLine(f"the endpoint did not take what was sent within {seconds:g} s") from None

    async def close(self, seconds: float) -> bool:
        if self._wire is None:
            return True
        try:
            await self._wire.close(1000, "", seconds)
        except CloseUnanswered:
            return False
        return True

    async def cut(self) -> None:
        if self._wire is not None:
            await self._wire.drop()

    def deafen(self, deaf: bool) -> None:
        if deaf:
            self._ear.listening.clear()
        else:
            self._ear.listening.set()


class StreamLine:
    """Requests, each answered by a stream of server-sent events."""

    def __init__(self, target: Target, opening: Opening, listener: Listener) -> None:
        self._target = target
        self._opening = opening
        self._listener = listener
        self._reading: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._listening.set()

    async def open(self, seconds: float) -> None:
        """There is nothing to open: each question is a request of its own."""

    async def send(self, frame: Frame, seconds: float) -> None:
        await self.cut()
        body = frame.encode(errors="surrogatepass") if isinstance(frame, str) else frame
        self._reading = asyncio.get_running_loop().create_task(self._read(body, seconds))

    async def close(self, seconds: float) -> bool:
        await self.cut()
        return True

    async def cut(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})
            self._reading = None

    def deafen(self, deaf: bool) -> None:
        if deaf:
            self._listening.clear()
        else:
            self._listening.set()

    async def _read(self, body: bytes, seconds: float) -> None:
        opening, events = self._opening, EventStream()
        query = opening.query_string
        path = f"{opening.plain_path}?{query}" if query else opening.plain_path
        headers = {"Accept": EVENTS, **opening.headers}
        try:
            async with streamed(self._target, "POST", path, headers, body, seconds) as head:
                kind = head.headers.get("content-type", "").partition(";")[0].strip()
                if head.status != OK or kind != EVENTS:
                    self._listener.refused(f"HTTP {head.status} with {kind or 'no content type'}, not {EVENTS}")
                    return
                async for piece in head.pieces:
                    await self._listening.wait()
                    for data in events.feed(piece):
                        self._listener.hear(data)
            if events.unfinished:
                raise HttpFailure("the answer stopped within an event")
            self._listener.over(Ending(SERVER, 1000, "the answer ended"))
        except HttpFailure as failure:
            self._listener.over(Ending(BROKEN, LOST, str(failure)))


def told(ending: Ending) -> str:
    """An ending in words."""
    because = f" ({ending.reason})" if ending.reason else ""
    if ending.who == BROKEN:
        return f"the connection broke with code {ending.code}{because}"
    return f"{ending.who} closed with code {ending.code}{because}"


def in_order(ending: Ending) -> bool:
    """Whether an ending is a refusal that says so, and no accident of the endpoint."""
    return ending.who == SERVER and ending.code not in {LOST, 1011}


def own(ending: Ending) -> bool:
    """Whether the probe itself ended it."""
    return ending.who == CLIENT
