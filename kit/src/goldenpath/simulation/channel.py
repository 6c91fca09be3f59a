"""A one-way line over a bad network: carries out the verdicts, on a virtual loop or on a real one."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from goldenpath.simulation.message import Direction, Message
from goldenpath.simulation.network import Network
from goldenpath.simulation.trace import Event, Trace
from goldenpath.simulation.verdict import Verdict, corrupted

STRAGGLER_PATIENCE: Final = 1.0
"""Seconds after which an overtaken message arrives even if nothing has overtaken it."""


class ChannelClosedError(ConnectionError):
    """The line was closed by a fault or by its owner; `code` is the WebSocket close code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"the channel was closed with code {code}")


class _Parcel(NamedTuple):
    sent_at: float
    place: int
    address: Message
    payload: Any
    verdict: Verdict
    settled: Callable[[float | None], object] | None


class _Straggler:
    """A parcel that lets others pass."""

    def __init__(self, parcel: _Parcel) -> None:
        self.parcel = parcel
        self.lets_pass = parcel.verdict.overtaken_by


class Channel:
    """Carries messages from one sender to one receiver, in order unless a verdict says otherwise.

    `deliver(payload)` is called for each arrival, `on_close(code)` when a fault closes the line. Strings and bytes
    arrive damaged where the verdict says so, and other payloads as their damaged JSON.
    """

    def __init__(
        self,
        network: Network,
        deliver: Callable[[Any], object],
        *,
        sender: str,
        receiver: str,
        direction: Direction = "to_client",
        tenant: str = "",
        on_close: Callable[[int], object] | None = None,
        trace: Trace | None = None,
    ) -> None:
        self._network = network
        self._deliver = deliver
        self._address = Message("", direction, sender, receiver, tenant)
        self._on_close = on_close
        self._trace = trace
        self._under_way: deque[_Parcel] = deque()
        self._held: deque[_Parcel] = deque()
        self._stragglers: list[_Straggler] = []
        self._line_free_at = 0.0
        self.close_code = 0
        """Not 0 once closed."""
        self._leave_network = network.on_repair(self._send_held)

    @property
    def waiting(self) -> int:
        """How many messages were sent and have neither arrived nor been lost."""
        return len(self._under_way) + len(self._held) + len(self._stragglers)

    def send(
        self,
        type: str,
        payload: Any = None,
        *,
        run: str = "",
        size: int | None = None,
        settled: Callable[[float | None], object] | None = None,
    ) -> Verdict:
        """Send a message and return the network's verdict, which the sender of a real line would not learn.

        The size counts for bandwidth; left out, it is that of the payload as text. `settled` is called once, when the
        message arrives with the time, just before it is handed over; with None if it never will.
        """
        if self.close_code:
            raise ChannelClosedError(self.close_code)
        bulk = len(_as_text(payload)) if size is None else size
        address = self._address._replace(type=type, run=run, size=bulk)
        place = 0 if self._trace is None else self._trace.place()
        parcel = _Parcel(self._network.now(), place, address, payload, self._network.verdict(address), settled)
        self._dispatch(parcel)
        return parcel.verdict

    def close(self, code: int = 1000) -> None:
        """Close the line; what is under way is lost."""
        self.close_code = code
        self._leave_network()
        for parcel in (*self._under_way, *self._held, *(straggler.parcel for straggler in self._stragglers)):
            self._tell(parcel, None, "closed")
        self._under_way.clear()
        self._held.clear()
        self._stragglers.clear()

    def _dispatch(self, parcel: _Parcel) -> None:
        verdict = parcel.verdict
        if verdict.close_code:
            self._tell(parcel, None)
            self.close(verdict.close_code)
            if self._on_close is not None:
                self._on_close(verdict.close_code)
        elif verdict.dropped:
            self._tell(parcel, None)
        elif verdict.held:
            self._held.append(parcel)
        else:
            self._put_on_line(parcel)

    def _put_on_line(self, parcel: _Parcel) -> None:
        loop = asyncio.get_running_loop()
        self._line_free_at = arrival = max(self._line_free_at, loop.time() + parcel.verdict.delay)
        self._under_way.append(parcel)
        loop.call_at(arrival, self._arrive)

    def _arrive(self) -> None:
        """The next parcel arrives; whichever timer fired, parcels leave the line in the order they entered it."""
        if not self._under_way:
            return
        parcel = self._under_way.popleft()
        if parcel.verdict.overtaken_by:
            straggler = _Straggler(parcel)
            self._stragglers.append(straggler)
            asyncio.get_running_loop().call_later(STRAGGLER_PATIENCE, self._catch_up, straggler)
            return
        self._hand_over(parcel)
        for straggler in tuple(self._stragglers):
            straggler.lets_pass -= 1
            if straggler.lets_pass == 0:
                self._catch_up(straggler)

    def _catch_up(self, straggler: _Straggler) -> None:
        if straggler in self._stragglers:
            self._stragglers.remove(straggler)
            self._hand_over(straggler.parcel)

    def _hand_over(self, parcel: _Parcel) -> None:
        payload, verdict = parcel.payload, parcel.verdict
        if verdict.corruption:
            payload = corrupted(_as_text(payload), verdict.corruption)
        self._tell(parcel, self._network.now())
        for _ in range(verdict.copies):
            self._deliver(payload)

    def _send_held(self) -> None:
        if self._network.is_cut(self._address.sender, self._address.receiver, self._address.tenant):
            return
        running = asyncio._get_running_loop() is not None
        while self._held:
            send_on = self._put_on_line if running else self._hand_over  # without a loop there is no time to take
            send_on(self._held.popleft())

    def _tell(self, parcel: _Parcel, arrived_at: float | None, but: str = "") -> None:
        if parcel.settled is not None:
            parcel.settled(arrived_at)
        if self._trace is None:
            return
        address, verdict = parcel.address, parcel.verdict
        causes = f"{'+'.join(verdict.kinds)} by {' and '.join(verdict.faults)}" if verdict.faults else ""
        fate = ", ".join(filter(None, [causes, but]))
        self._trace.tell(
            Event(parcel.sent_at, address.type, address.sender, address.receiver, fate, arrived_at, parcel.place)
        )


def _as_text(payload: Any) -> str | bytes:
    return (
        payload
        if isinstance(payload, (str, bytes))
        else json.dumps(payload, default=lambda thing: type(thing).__name__)
    )
