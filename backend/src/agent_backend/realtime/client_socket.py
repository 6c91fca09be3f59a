"""The I/O shell around one connection: frames in as they come, frames out from a bounded queue.

It speaks ASGI itself. A socket at rest is one task that waits for its client; the task that writes exists only while
there is something to write.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from enum import Enum
from typing import Any, Final

from agent_backend.context import Clock, Principal
from agent_backend.events import TERMINAL, Event
from agent_backend.realtime.allowance import SocketLimits
from agent_backend.realtime.connection import Close, Connection, Handle, Send
from agent_backend.realtime.disconnects import Disconnect
from agent_backend.realtime.messages import Message

CLOSE_GRACE: Final = 5.0
"""Seconds in which a client may take what is queued for it and the close."""
CURSORS: Final = 64
"""How many runs a socket remembers its place in."""

logger = logging.getLogger(__name__)

AsgiMessage = MutableMapping[str, Any]
AsgiReceive = Callable[[], Awaitable[AsgiMessage]]
AsgiSend = Callable[[AsgiMessage], Awaitable[None]]
Answer = Callable[["ClientSocket", Message], Awaitable[None]]


class Offer(Enum):
    """What became of an event that was offered to a socket."""

    QUEUED = "queued"
    STALE = "stale"
    """The client has it already."""
    GAP = "gap"
    """The client lacks what comes before it, which must be read from the log first."""
    NOT_FOLLOWED = "not_followed"
    """The client came in the middle of this run and has not said where it wants to go on."""
    FAILED = "failed"
    """The socket is closing, or was too slow and is closed for it."""


class Cursor:
    """How far a client has come in a run."""

    __slots__ = ("asked", "ended", "moved_at", "seq")

    def __init__(self, seq: int, now: float) -> None:
        self.seq = seq
        self.moved_at = now
        self.ended = False
        self.asked = False
        """Whether the client has said where it stands; else it was told of the run unasked, from its beginning."""


class ClientSocket:
    """One live socket of one user.

    It lets an event of a run through only if it is the next one. So whoever offers events, in whatever order and
    however often, the client sees each once and in its place.
    """

    __slots__ = (
        "_clock",
        "_closing",
        "_given_up",
        "_limits",
        "_outbox",
        "_receive",
        "_send",
        "_size",
        "_writer",
        "checked",
        "connection",
        "cursors",
        "principal",
        "sent_at",
        "task",
        "written",
    )

    def __init__(
        self,
        principal: Principal,
        connection: Connection,
        receive: AsgiReceive,
        send: AsgiSend,
        clock: Clock,
        limits: SocketLimits,
    ) -> None:
        self.principal = principal
        self.connection = connection
        self.cursors: dict[str, Cursor] = {}
        self.task: asyncio.Task[Any] | None = None
        self.checked = False
        self.sent_at = clock.monotonic()
        self.written = 0
        self._receive = receive
        self._send = send
        self._clock = clock
        self._limits = limits
        self._outbox: deque[str] = deque()
        self._size = 0
        self._closing: Disconnect | None = None
        self._given_up = False
        self._writer: asyncio.Task[None] | None = None

    async def accept(self) -> None:
        """Answer the handshake with yes; connection_established is the first frame."""
        await self._send({"type": "websocket.accept", "headers": []})
        self.connection.accepted()
        self._queue(self.connection.authenticated(self.principal).event.frame)

    def say(self, event: Event) -> bool:
        """Queue what belongs to no run and say whether it was."""
        return self.connection.may_send() and self._queue(event.frame)

    def follow(self, run_id: str, after: int) -> None:
        """Want the events of a run that come after a number."""
        self.cursors.pop(run_id, None)
        self.cursors[run_id] = Cursor(after, self._clock.monotonic())
        while len(self.cursors) > CURSORS:
            del self.cursors[next(iter(self.cursors))]

    def resume(self, run_id: str, after: int) -> int:
        """Want the events after a number, as the client asks, and say after which they come.

        A request crosses what the client is told unasked meanwhile: it does not have that told once more.
        """
        told = self.cursors.get(run_id)
        if told is not None and not told.asked and not told.ended:
            after = max(after, told.seq)
        self.follow(run_id, after)
        self.cursors[run_id].asked = True
        return after

    def has_room(self, event: Event) -> bool:
        """Whether an event can be queued without taking the client for slow; a socket that closes takes none anyway."""
        return not self.connection.may_send() or self._fits(event.frame)

    def offer(self, event: Event, *, new: bool = True) -> Offer:
        """Queue an event of a run if it is the next one for this client, and say what became of it.

        The first event of a run lets the client follow, if it is new: one that is read back is for those who asked for
        it, and whoever has just come back may have it already.
        """
        if not self.connection.may_send():
            return Offer.FAILED
        run_id = event.run_id or ""
        cursor = self.cursors.get(run_id)
        if cursor is None:
            if event.seq != 1 or not new:
                return Offer.NOT_FOLLOWED
            self.follow(run_id, 0)
            cursor = self.cursors[run_id]
        if event.seq <= cursor.seq:
            return Offer.STALE
        if event.seq != cursor.seq + 1:
            return Offer.GAP
        if not self._queue(event.frame):
            return Offer.FAILED
        cursor.seq, cursor.moved_at = event.seq, self._clock.monotonic()
        cursor.ended = event.type in TERMINAL
        return Offer.QUEUED

    def close(self, why: Disconnect) -> None:
        """Close after what is queued already; a client that reads too slowly gets no more of it."""
        if not self.connection.close():
            return
        if why is Disconnect.SLOW:
            self._outbox.clear()
            self._size = 0
        self._closing = why
        self._wake()
        asyncio.get_running_loop().call_later(CLOSE_GRACE, self._give_up)

    @property
    def backlog(self) -> int:
        """How many frames wait to be written."""
        return len(self._outbox)

    async def drained(self, patience: float) -> bool:
        """Wait until what is queued has been written, or not any longer than this."""
        if self._writer is not None:
            await asyncio.wait([self._writer], timeout=patience)
        return self._writer is None

    async def run(self, answer: Answer) -> None:
        """Serve the socket until it is closed by either side."""
        self.task = asyncio.current_task()
        try:
            while (message := await self._receive())["type"] != "websocket.disconnect":
                text = message.get("text")
                match self.connection.received(message["bytes"] if text is None else text, self._clock.monotonic()):
                    case Handle(request):
                        await answer(self, request)
                    case Send(event):
                        self.say(event)
                    case Close(why):
                        self.close(why)
        except asyncio.CancelledError:
            if not self._given_up:
                raise
        finally:
            self.connection.closed()
            if self._writer is not None:
                self._writer.cancel()
            self.task = None

    def _give_up(self) -> None:
        """The client has not even taken the close."""
        if self.task is not None:
            self._given_up = True
            self.task.cancel()

    def _queue(self, frame: str) -> bool:
        if not self._fits(frame):
            self.close(Disconnect.SLOW)
            return False
        self._outbox.append(frame)
        self._size += len(frame)
        self._wake()
        return True

    def _fits(self, frame: str) -> bool:
        limits = self._limits
        return len(self._outbox) < limits.outbox_frames and self._size + len(frame) <= limits.outbox_bytes

    def _wake(self) -> None:
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._outbox:
                frame = self._outbox.popleft()
                self._size -= len(frame)
                await self._send({"type": "websocket.send", "text": frame})
                self.written += 1
            self.sent_at = self._clock.monotonic()
            if self._closing is not None:
                code, reason = self._closing.value
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except OSError:
            """The client is gone; the loop that reads learns of it by itself."""
        except Exception:
            logger.exception("%s cannot be written to", self.connection.id)
            self._give_up()
        finally:
            self._writer = None
