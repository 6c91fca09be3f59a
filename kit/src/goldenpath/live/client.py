"""One test's end of a WebSocket: every wait has an end, every event is judged as it arrives, no error is lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from goldenpath.live.credentials import Credentials, Secret
from goldenpath.live.errors import (
    ConnectionEnded,
    LiveError,
    MalformedFrame,
    ReaderFailed,
    ReceiveTimeout,
    SendTimeout,
    UnexpectedFrame,
)
from goldenpath.live.inbox import Inbox
from goldenpath.live.journal import Arrival, Event, Journal
from goldenpath.live.wire import READER, Ending, Frame, Gone, Transport, Wire

if TYPE_CHECKING:
    from goldenpath.contracts import EventContract, Report
    from goldenpath.live.resume import Resume

Where = Callable[[Event], object]
RESERVED: Final = frozenset({1004, 1005, 1006, 1015})
"""Close codes that no end may send: they stand for a close frame that never came."""


class WebSocketTestClient:
    """A test's end of one socket; `WebSocketTestUtility.client` makes it, `async with` or `connect()` opens it."""

    def __init__(
        self,
        transport: Transport,
        path: str,
        credentials: Credentials,
        *,
        user: str = "",
        contract: EventContract | None = None,
        resume: Resume | None = None,
        timeout: float = 10.0,
        inbox_limit: int = 1024,
        open_clients: dict[WebSocketTestClient, None] | None = None,
    ) -> None:
        self.user = user
        self.timeout = timeout
        self.address = transport.address + path.partition("?")[0]
        self._transport = transport
        self._path = path
        self._credentials = credentials
        self._resume = resume
        self._journal = Journal(contract, resume)
        self._inbox_limit = inbox_limit
        self._inbox: Inbox | None = None
        self._wire: Wire | None = None
        self._ending_told = True
        self._open_clients = {} if open_clients is None else open_clients
        """Where whoever made this client looks for those that nobody has closed."""

    def __repr__(self) -> str:
        state = "not open" if self._wire is None else "ended" if self.ending else "open"
        return f"<WebSocketTestClient {self.user or 'of nobody in particular'} at {self.address}, {state}>"

    @property
    def received(self) -> list[Event]:
        """Every event that arrived, read or not, over all of this client's sockets."""
        return self._journal.events

    @property
    def frames(self) -> list[Frame]:
        """Every frame that arrived, as it came."""
        return self._journal.frames

    @property
    def ending(self) -> Ending | None:
        """How the socket ended; None while it is open."""
        return self._inbox.ending if self._inbox is not None else None

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server chose."""
        return self._opened()[0].subprotocol

    @property
    def response_headers(self) -> Mapping[str, str]:
        """What the server answered the handshake with, names in lower case."""
        return self._opened()[0].headers

    async def connect(self) -> Self:
        """Open the socket; a refusal is ConnectionRejected, no answer is HandshakeFailed."""
        if self._wire is not None:
            raise RuntimeError(f"{self!r} was opened already; reconnect() opens another socket in its place")
        await self._open([])
        return self

    async def reconnect(
        self, *, to: str | None = None, token: Secret | None = None, ticket: Secret | None = None
    ) -> Self:
        """Open a new socket in the place of the old one, and ask for what was missed in between.

        `to` is the address of another instance of the same server: what a client does whose instance has died.
        """
        transport = self._transport if to is None else self._transport.at(to)
        credentials = self._credentials
        if ticket is None and token is None and not credentials.works_again:
            raise ValueError("a ticket opens one socket: pass reconnect(ticket=…), or make the client with a function")
        if token is not None:
            credentials = replace(credentials, token=token)
        if ticket is not None:
            credentials = replace(credentials, ticket=ticket)
        self._credentials = credentials
        _raise(await self._hang_up(1000, ""))
        self._transport, self.address = transport, transport.address + self._path.partition("?")[0]
        await self._open(self._inbox.unread() if self._inbox is not None else [])
        for message in self._resume.ask() if self._resume is not None else ():
            await self.send(message)
        return self

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the socket and raise what went wrong and was not raised yet; closing twice is no error."""
        if not 1000 <= code <= 4999 or code in RESERVED:
            raise ValueError(f"a close code is from 1000 to 4999 and none of {sorted(RESERVED)}, got {code}")
        _raise(await self._settled(code, reason))

    async def drop(self) -> None:
        """Lose the connection as a cut cable does: the server gets no close frame."""
        wire, _ = self._opened()
        await wire.drop()
        self._ending_told = True

    async def __aenter__(self) -> Self:
        return self if self._wire is not None else await self.connect()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        errors = await self._settled(1000, "")
        if error is None:
            _raise(errors)
            return
        for hidden in errors:
            error.add_note(f"and when {self!r} was closed, {type(hidden).__name__}: {hidden}")

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send one JSON object as a text frame."""
        await self._send(json.dumps(message), str(message.get("type", "a message")))

    async def send_text(self, text: str) -> None:
        """Send a text frame as it is."""
        await self._send(text, "a text frame")

    async def send_bytes(self, data: bytes) -> None:
        """Send a binary frame."""
        await self._send(bytes(data), "a binary frame")

    async def receive(self, *, timeout: float | None = None) -> Event:
        """The next frame, which has to be a JSON object."""
        return _event(await self._next(timeout, "a frame"))

    async def receive_text(self, *, timeout: float | None = None) -> str:
        """The next frame, which has to be a text frame."""
        frame = (await self._next(timeout, "a text frame")).frame
        if not isinstance(frame, str):
            raise MalformedFrame(frame, "a text frame")
        return frame

    async def receive_bytes(self, *, timeout: float | None = None) -> bytes:
        """The next frame, which has to be a binary frame."""
        frame = (await self._next(timeout, "a binary frame")).frame
        if not isinstance(frame, bytes):
            raise MalformedFrame(frame, "a binary frame")
        return frame

    async def wait_for_event(self, kind: str, *, where: Where | None = None, timeout: float | None = None) -> Event:
        """The next event of this type (that `where` is true of); what comes before it is recorded and judged too."""
        seconds = self.timeout if timeout is None else timeout
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            event = _event(await self._next(seconds, kind, deadline))
            if event.get("type") == kind and (where is None or where(event)):
                return event

    async def wait_for_events(self, *kinds: str, in_order: bool = True, timeout: float | None = None) -> list[Event]:
        """An event of each type, in this order or in any; others may come in between."""
        seconds = self.timeout if timeout is None else timeout
        deadline = asyncio.get_running_loop().time() + seconds
        missing, found = list(kinds), []
        while missing:
            event = _event(await self._next(seconds, " and ".join(missing), deadline))
            if event.get("type") in (missing[:1] if in_order else missing):
                missing.remove(event["type"])
                found.append(event)
        return found

    async def events_until(self, last: Collection[str], *, timeout: float | None = None) -> AsyncIterator[Event]:
        """Every event as it arrives, up to and including the first whose type is in `last`; the time is for each."""
        waiting_for = " or ".join(sorted(last))
        while True:
            event = _event(await self._next(timeout, waiting_for))
            yield event
            if event.get("type") in last:
                return

    async def expect_silence(self, seconds: float) -> None:
        """Nothing may arrive for so long: what arrived unread before counts too."""
        _, inbox = self._opened()
        item = await inbox.get(seconds)
        if item is not None:
            raise UnexpectedFrame(self._arrival(item, "while silence was expected").frame, seconds)

    async def wait_closed(self, *, timeout: float | None = None) -> Ending:
        """Wait until the socket has ended and tell how: for a test that expects it to."""
        seconds = self.timeout if timeout is None else timeout
        deadline = asyncio.get_running_loop().time() + seconds
        try:
            while True:
                await self._next(seconds, "the end of the socket", deadline)
        except ConnectionEnded as end:
            return end.ending

    def report(self) -> Report:
        """The contract's verdict on all that arrived; a run that has not ended by now counts as truncated."""
        return self._journal.report()

    async def _open(self, unread: list[Arrival]) -> None:
        inbox = Inbox(self._inbox_limit, self._journal.take)
        inbox.restore(unread)
        handshake = await self._credentials.handshake(self._path)
        self._wire = await self._transport.open(handshake, inbox, self.timeout)
        self._inbox, self._ending_told = inbox, False
        self._open_clients[self] = None

    def _opened(self) -> tuple[Wire, Inbox]:
        if self._wire is None or self._inbox is None:
            raise RuntimeError(f"the socket to {self.address} is not open; use 'async with' or connect()")
        return self._wire, self._inbox

    async def _send(self, frame: Frame, what: str) -> None:
        wire, _ = self._opened()
        self._journal.raise_any()
        try:
            await wire.send(frame, self.timeout)
        except TimeoutError:
            raise SendTimeout(what, self.timeout, self.received) from None
        except Gone as gone:
            raise self._told(gone.ending, f"while sending {what}") from None

    async def _next(self, timeout: float | None, what: str, deadline: float | None = None) -> Arrival:
        """The next arrival; with a deadline, `timeout` only says what the whole wait was given."""
        _, inbox = self._opened()
        seconds = self.timeout if timeout is None else timeout
        left = seconds if deadline is None else deadline - asyncio.get_running_loop().time()
        item = await inbox.get(left) if left >= 0 else None
        if item is None:
            raise ReceiveTimeout(what, seconds, self.received)
        return self._arrival(item, f"while waiting for {what}")

    def _arrival(self, item: Arrival | Ending, doing: str) -> Arrival:
        if isinstance(item, Ending):
            raise self._told(item, doing)
        self._journal.raise_of(item)
        return item

    def _told(self, ending: Ending, doing: str) -> LiveError:
        self._ending_told = True
        if ending.who == READER and ending.cause is not None:
            return ReaderFailed(ending.cause, self.received)
        return ConnectionEnded(ending, doing, self.received)

    async def _hang_up(self, code: int, reason: str) -> list[LiveError]:
        """Close the wire; what came to light by that."""
        if self._wire is None:
            return []
        try:
            await self._wire.close(code, reason, self.timeout)
        except LiveError as error:
            return [error]
        return []

    async def _settled(self, code: int, reason: str) -> list[LiveError]:
        """Close the wire; everything that went wrong and that nobody was told."""
        errors = await self._hang_up(code, reason)
        self._open_clients.pop(self, None)
        errors = self._journal.settle() + errors
        ending = self.ending
        if ending is not None and not self._ending_told and not ending.as_it_should:
            errors.append(self._told(ending, "and nobody was told"))
        return errors


def _event(arrival: Arrival) -> Event:
    if arrival.event is None:
        raise MalformedFrame(arrival.frame)
    return arrival.event


def _raise(errors: list[LiveError]) -> None:
    """Raise the first, with the others as its notes."""
    if errors:
        first, *others = errors
        for other in others:
            first.add_note(f"and {type(other).__name__}: {other}")
        raise first
