"""One real WebSocket whose every wait has an end and whose every event is checked as it arrives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from goldenpath.environment import MissingExtra
from goldenpath.live.errors import (
    ConnectionEnded,
    ConnectionRejected,
    ContractBroken,
    HandshakeFailed,
    MalformedFrame,
    ReceiveTimeout,
)

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection
    from websockets.exceptions import ConnectionClosed

    from goldenpath.contracts import EventContract, Report

LOST: Final = 1006


class WebSocketTestClient:
    """A test's end of one socket; open it with `async with` or `await client.connect()`."""

    def __init__(
        self,
        url: str,
        *,
        user: str = "",
        headers: Mapping[str, str] | None = None,
        contract: EventContract | None = None,
        timeout: float = 10.0,
    ) -> None:
        self.url = url
        self.user = user
        self.timeout = timeout
        self.received: list[dict[str, Any]] = []
        self._headers = dict(headers or {})
        self._checker = contract.checker() if contract else None
        self._connection: ClientConnection | None = None

    async def connect(self) -> Self:
        """Open the socket; a refusal is ConnectionRejected, no answer is HandshakeFailed."""
        try:
            from websockets.asyncio.client import connect
            from websockets.exceptions import InvalidHandshake, InvalidStatus
        except ModuleNotFoundError as missing:
            raise MissingExtra("a live socket", "websockets", "live") from missing
        address = self.url.partition("?")[0]
        try:
            self._connection = await connect(
                self.url,
                additional_headers=self._headers,
                open_timeout=self.timeout,
                close_timeout=self.timeout,
                proxy=None,
            )
        except InvalidStatus as refusal:
            raise ConnectionRejected(address, refusal.response.status_code) from refusal
        except (InvalidHandshake, OSError, EOFError) as failure:
            raise HandshakeFailed(address, failure) from failure
        return self

    async def close(self) -> None:
        """Close the socket; closing twice is no error."""
        if self._connection is not None:
            await self._connection.close()

    async def __aenter__(self) -> Self:
        return await self.connect()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
        if error is None:
            await self._read_what_is_left()

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send one JSON object as a text frame."""
        from websockets.exceptions import ConnectionClosed

        try:
            await self._open().send(json.dumps(message))
        except ConnectionClosed as end:
            raise self._ended(end, f"sending {message.get('type', 'a message')}") from None

    async def receive(self, *, timeout: float | None = None, waiting_for: str = "a frame") -> dict[str, Any]:
        """The next frame, recorded and held against the contract."""
        from websockets.exceptions import ConnectionClosed

        seconds = self.timeout if timeout is None else timeout
        connection = self._open()
        try:
            async with asyncio.timeout(seconds):
                frame = await connection.recv()
        except TimeoutError:
            raise ReceiveTimeout(waiting_for, seconds, self.received) from None
        except ConnectionClosed as end:
            raise self._ended(end, f"waiting for {waiting_for}") from None
        return self._record(frame)

    async def wait_for_event(self, kind: str, *, timeout: float | None = None) -> dict[str, Any]:
        """The next event of this type; what comes before it is recorded and checked too."""
        seconds = self.timeout if timeout is None else timeout
        try:
            async with asyncio.timeout(seconds):
                while (event := await self.receive(timeout=seconds, waiting_for=kind)).get("type") != kind:
                    pass
        except TimeoutError:
            raise ReceiveTimeout(kind, seconds, self.received) from None
        return event

    async def events_until(
        self, last: Collection[str], *, timeout: float | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Every event as it arrives, up to and including the first whose type is in `last`."""
        waiting_for = " or ".join(sorted(last))
        while True:
            event = await self.receive(timeout=timeout, waiting_for=waiting_for)
            yield event
            if event.get("type") in last:
                return

    def report(self) -> Report:
        """The contract's verdict on all that arrived; a run that has not ended by now counts as truncated."""
        if self._checker is None:
            raise ValueError("this client checks no contract; pass contract=GOLDEN_PATH when you make it")
        return self._checker.finish()

    def _open(self) -> ClientConnection:
        if self._connection is None:
            raise RuntimeError(f"the socket to {self.url.partition('?')[0]} is not open; use 'async with' or connect()")
        return self._connection

    async def _read_what_is_left(self) -> None:
        """Hold what arrived unread against the contract too, so that no event goes unchecked."""
        from websockets.exceptions import ConnectionClosed

        try:
            while self._checker is not None and self._connection is not None:
                self._record(await self._connection.recv())
        except ConnectionClosed:
            return

    def _ended(self, end: ConnectionClosed, doing: str) -> ConnectionEnded:
        if end.rcvd is not None and (end.sent is None or end.rcvd_then_sent):
            return ConnectionEnded("the server", doing, end.rcvd.code, end.rcvd.reason, self.received)
        if end.sent is not None:
            return ConnectionEnded("this client", doing, end.sent.code, end.sent.reason, self.received)
        return ConnectionEnded("a broken connection", doing, LOST, "no close frame came", self.received)

    def _record(self, frame: str | bytes) -> dict[str, Any]:
        try:
            event = json.loads(frame)
        except ValueError:
            raise MalformedFrame(frame) from None
        if not isinstance(event, dict):
            raise MalformedFrame(frame)
        self.received.append(event)
        broken = (
            [violation for violation in self._checker.feed(event) if violation.severity == "error"]
            if self._checker
            else []
        )
        if broken:
            raise ContractBroken(broken, self.received)
        return event
