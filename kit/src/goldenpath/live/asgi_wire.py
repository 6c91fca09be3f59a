"""One in-loop socket: what the client does on one side, what the application may do on the other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus
from typing import Any, Final

from goldenpath.live.application import Application, ClientGone, Message, tells_of_the_client_leaving
from goldenpath.live.belt import Belt
from goldenpath.live.errors import ConnectionRejected, HandshakeFailed, ServerFailed, ServerHung
from goldenpath.live.inbox import Inbox
from goldenpath.live.wire import BROKEN, CLIENT, LOST, SERVER, Ending, Frame, Gone


class State(Enum):
    """How far the application has come with this socket."""

    CONNECTING = "before it answered the handshake"
    REFUSING = "while it was refusing the handshake"
    REFUSED = "after it had refused the handshake"
    OPEN = "on an open socket"
    CLOSED = "after it had closed the socket"


ALLOWED: Final = {
    State.CONNECTING: ("websocket.accept", "websocket.close", "websocket.http.response.start"),
    State.REFUSING: ("websocket.http.response.body",),
    State.REFUSED: (),
    State.OPEN: ("websocket.send", "websocket.close"),
    State.CLOSED: (),
}
"""What an application may send, and when: the servers of this world object to anything else."""


class AsgiWire:
    """Runs the application for one socket. It behaves as over a real socket: what real servers would not pass on to
    the client, this one does not either; but it is kept, and raised when the socket is closed.
    """

    def __init__(self, app: Application, scope: dict[str, Any], inbox: Inbox, url: str, limit: int) -> None:
        self.subprotocol: str | None = None
        self.headers: Mapping[str, str] = {}
        self._app = app
        self._scope = scope
        self._inbox = inbox
        self._url = url
        self._inbound: Belt[Message] = Belt(limit)
        self._state = State.CONNECTING
        self._accepted = False
        self._status = 0
        self._body = b""
        self._answered = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None
        self._hidden: BaseException | None = None

    async def handshake(self, seconds: float) -> None:
        """Let the application answer; raises ConnectionRejected or HandshakeFailed."""
        self._inbound.put_nowait({"type": "websocket.connect"})
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"application at {self._url}")
        self._task.add_done_callback(self._finished)
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(self._answered)
        except TimeoutError:
            await self._cancel(seconds)
            raise HandshakeFailed(self._url, f"no answer within {seconds:g} s") from None
        except BaseException:
            self._task.cancel()
            raise
        if not self._accepted:
            await self._join(seconds, "after refusing a socket")
            why = str(self._hidden) if self._hidden is not None else ""
            raise ConnectionRejected(
                self._url, self._status, headers=self.headers, body=self._body, why=why
            ) from self._hidden

    async def send(self, frame: Frame, seconds: float) -> None:
        """Hand one frame to the application, waiting while it has too many unread."""
        if self._inbound.full:
            async with asyncio.timeout(seconds):
                await self._inbound.room()
        if self._inbox.ending is not None:
            raise Gone(self._inbox.ending)
        kind = "text" if isinstance(frame, str) else "bytes"
        self._inbound.put_nowait({"type": "websocket.receive", kind: frame})

    async def close(self, code: int, reason: str, seconds: float) -> None:
        """Leave, and wait for the application to return; raises what it raised where no client could hear of it."""
        self._leave(Ending(CLIENT, code, reason), code)
        await self._join(seconds, "after the socket was closed")
        if self._hidden is not None:
            error, self._hidden = self._hidden, None
            raise ServerFailed("after the socket was closed", error)

    async def drop(self) -> None:
        """Leave without a word, and do not wait."""
        self._leave(Ending(CLIENT, LOST, "dropped on purpose"), LOST)

    def _leave(self, ending: Ending, code: int) -> None:
        if self._inbox.ending is None:
            self._inbox.end(ending)
            self._inbound.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ending.reason})
        self._inbound.lift()

    async def _run(self) -> None:
        await self._app(self._scope, self._inbound_message, self._outbound_message)

    def _finished(self, task: asyncio.Task[None]) -> None:
        """The application returned or raised: end what it left open, and keep what nobody would hear of."""
        error = None if task.cancelled() else task.exception()
        if not self._answered.done():
            self._hidden = error or RuntimeError("the application returned without answering the handshake")
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR)
        elif self._state is State.REFUSING:
            self._hidden = error or RuntimeError("the application returned before its refusal was whole")
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR)
        elif self._inbox.ending is None and self._state is State.OPEN:
            told = "returned without closing" if error is None else f"raised {error!r}"
            self._inbox.end(Ending(BROKEN, LOST, f"the application {told}", error))
            self._inbound.lift()
        elif error is not None and not tells_of_the_client_leaving(error):
            self._hidden = error

    async def _join(self, seconds: float, doing: str) -> None:
        """Wait for the application to return; cancel it when it does not."""
        task = self._task
        if task is None or task.done():
            return
        try:
            await asyncio.wait({task}, timeout=seconds)
        finally:
            if not task.done():
                task.cancel()
        if task.cancelling():
            await asyncio.wait({task}, timeout=seconds)
            raise ServerHung(doing, seconds)

    async def _cancel(self, seconds: float) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=seconds)

    async def _inbound_message(self) -> Message:
        message = await self._inbound.get()
        assert message is not None
        return message

    async def _outbound_message(self, message: Message) -> None:
        ending = self._inbox.ending
        if ending is not None and ending.who == CLIENT:
            raise ClientGone(f"the client left with code {ending.code}")
        kind = message["type"]
        if kind not in ALLOWED[self._state]:
            expected = " or ".join(ALLOWED[self._state]) or "nothing more"
            raise RuntimeError(f"the application sent {kind!r} {self._state.value}; allowed is {expected}")
        await self._ACTS[kind](self, message)

    async def _accept(self, message: Message) -> None:
        self.subprotocol = message.get("subprotocol")
        self.headers = _decoded(message)
        self._state, self._accepted = State.OPEN, True
        self._answered.set_result(None)

    async def _pass_on(self, message: Message) -> None:
        frame = message.get("bytes")
        if frame is None:
            frame = message.get("text")
        if not isinstance(frame, (str, bytes)):
            raise RuntimeError(f"websocket.send needs 'text' as str or 'bytes' as bytes, got {type(frame).__name__}")
        try:
            await self._inbox.put(frame)
        except Gone as gone:
            raise ClientGone(f"the client left with code {gone.ending.code}") from None

    async def _close(self, message: Message) -> None:
        if self._state is State.CONNECTING:
            self._refuse(HTTPStatus.FORBIDDEN)
            return
        self._state = State.CLOSED
        code, reason = message.get("code") or 1000, message.get("reason") or ""
        self._inbox.end(Ending(SERVER, code, reason))
        self._inbound.put_nowait({"type": "websocket.disconnect", "code": code, "reason": reason})
        self._inbound.lift()

    async def _begin_refusal(self, message: Message) -> None:
        self._status, self.headers = message["status"], _decoded(message)
        self._state = State.REFUSING

    async def _refusal_body(self, message: Message) -> None:
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            self._refuse(self._status)

    def _refuse(self, status: int) -> None:
        self._status = int(status)
        self._state = State.REFUSED
        self._inbound.put_nowait({"type": "websocket.disconnect", "code": LOST})
        if not self._answered.done():
            self._answered.set_result(None)

    _ACTS: Final = {
        "websocket.accept": _accept,
        "websocket.send": _pass_on,
        "websocket.close": _close,
        "websocket.http.response.start": _begin_refusal,
        "websocket.http.response.body": _refusal_body,
    }


def _decoded(message: Message) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message.get("headers") or ()}
