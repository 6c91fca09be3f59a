"""The line to one receiver: over it a message arrives, or does not, and the sender learns which."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any, Final

from goldenpath.simulation import Channel, Event, VirtualLoop
from goldenpath.websocket.faults import PARTITION, cause
from goldenpath.websocket.wire import Sink, Wire, type_of

SERVER: Final = "server"
CLOSED: Final = "not_connected"
OVERFLOW: Final = "queue_overflow"

Arrival = asyncio.Future[float | None]


class Lane:
    """One line of a manager: `deliver` where nothing can go wrong, `carry` where it may."""

    def __init__(
        self,
        wire: Wire,
        receiver: str,
        *,
        user: str = "",
        tenant: str = "",
        on_message: Sink | None = None,
        on_close: Callable[[int], object] | None = None,
    ) -> None:
        self.user: Final = user
        self.receiver: Final = receiver
        self.tenant: Final = tenant
        self.log: Final[list[Any]] = []
        self._wire: Final = wire
        self._own: Final[tuple[Sink, ...]] = tuple(filter(None, (self.log.append if user else None, on_message)))
        self._on_close: Final = on_close
        self._channel: Channel | None = None
        self._numbers: Final = count(1)
        self._newest = 0
        self._arriving: tuple[int, Arrival, float] | None = None
        self.lead(())

    def lead(self, record: tuple[Sink, ...]) -> None:
        """Write the thread's record as well; or, given none, no longer."""
        loop, self._sinks = asyncio._get_running_loop(), (*record, *self._own)
        self._told: tuple[Sink, ...] = self._sinks
        if isinstance(loop, VirtualLoop):
            self._told = (partial(self._tell, loop), *self._sinks)

    def deliver(self, message: Any) -> bool:
        """Hand the message over at once."""
        ledger = self._wire.ledger
        ledger.sent += 1
        ledger.delivered += 1
        ledger.last = time.monotonic()
        for sink in self._told:
            sink(message)
        return True

    async def carry(self, message: Any, size: int) -> str:
        """Send the message over the network; answer why it did not arrive, or "" when it did."""
        channel = self._channel
        if channel is None or (channel.close_code and not self.user):
            channel = self._open()
        if channel.close_code:
            return CLOSED
        if channel.waiting >= self._wire.settings.message_queue_size:
            return OVERFLOW
        arrival: Arrival = asyncio.get_running_loop().create_future()
        with self._wire.lock:
            settled = partial(self._settled, next(self._numbers), arrival)
            verdict = channel.send(type_of(message), message, size=size, settled=settled)
        reason = cause(verdict)
        if verdict.held:
            arrival.cancel()
            if PARTITION in verdict.faults:
                self._wire.fall_apart()
        elif verdict.arrives and await arrival is None:
            return CLOSED
        return reason

    @property
    def held(self) -> int:
        """How many messages are on their way or waiting for a repair."""
        return self._channel.waiting if self._channel is not None else 0

    def close(self, code: int) -> None:
        """Close the line; the receiver is told."""
        if self._channel is not None and not self._channel.close_code:
            self._channel.close(code)
        if self._on_close is not None:
            self._on_close(code)

    def _open(self) -> Channel:
        loop = asyncio.get_running_loop()
        self._channel = Channel(
            self._wire.network,
            self._arrive,
            sender=SERVER,
            receiver=self.receiver,
            tenant=self.tenant,
            on_close=partial(self._wire.close, self),
            trace=loop.trace if isinstance(loop, VirtualLoop) else None,
        )
        return self._channel

    def _tell(self, loop: VirtualLoop, message: Any) -> None:
        """Put what is delivered at once on the simulation's timeline, as a channel does with what it carries."""
        now, trace = loop.time(), loop.trace
        trace.tell(Event(now, type_of(message), SERVER, self.receiver, until=now, place=trace.place()))

    def _settled(self, number: int, arrival: Arrival, at: float | None) -> None:
        """The channel says what became of a message, just before it hands it over or once it is lost."""
        if at is None:
            resolve(arrival, None)
        else:
            self._arriving = (number, arrival, at)

    def _arrive(self, payload: Any) -> None:
        assert self._arriving is not None
        number, arrival, at = self._arriving
        with self._wire.lock:
            ledger = self._wire.ledger
            ledger.last = time.monotonic()
            if arrival.cancelled() and number != self._newest:
                ledger.delivered += 1
                ledger.events["delivered_late"] += 1
            if number == self._newest:
                ledger.events["duplicated"] += 1
            elif number < self._newest:
                ledger.events["reordered"] += 1
            self._newest = max(self._newest, number)
            for sink in self._sinks:
                sink(payload)
        resolve(arrival, at)


def resolve(arrival: Arrival, at: float | None) -> None:
    """Tell the sender, who may be waiting in another thread's loop, or not at all any more."""
    loop = arrival.get_loop()
    if asyncio._get_running_loop() is loop:
        settle(arrival, at)
    elif not loop.is_closed():
        loop.call_soon_threadsafe(settle, arrival, at)


def settle(arrival: Arrival, at: float | None) -> None:
    """Set the result, once."""
    if not arrival.done():
        arrival.set_result(at)
