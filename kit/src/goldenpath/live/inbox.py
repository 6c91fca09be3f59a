"""What has arrived on one socket and was not read yet, its ending included."""

from __future__ import annotations

from collections.abc import Callable

from goldenpath.live.belt import Belt
from goldenpath.live.journal import Arrival
from goldenpath.live.wire import Ending, Frame, Gone


class Inbox:
    """Takes frames from a wire as they arrive; full, it holds the wire up until the test reads."""

    def __init__(self, limit: int, take: Callable[[Frame], Arrival]) -> None:
        self.ending: Ending | None = None
        self._belt: Belt[Arrival | Ending] = Belt(limit)
        self._take = take
        self._read_to_the_end = False

    async def put(self, frame: Frame) -> None:
        """A frame has arrived: it waits for room, is written down and judged, and waits to be read; or raises Gone."""
        await self._belt.room()
        if self.ending is not None:
            raise Gone(self.ending)
        self._belt.put_nowait(self._take(frame))

    def end(self, ending: Ending) -> None:
        """Nothing more arrives; the first ending told is the one that counts."""
        if self.ending is None:
            self.ending = ending
            self._belt.put_nowait(ending)
            self._belt.lift()

    def lift(self) -> None:
        """Take all that comes from now on: the test is leaving and holds nobody up."""
        self._belt.lift()

    async def get(self, seconds: float) -> Arrival | Ending | None:
        """The next that arrived, after the last of them the ending; None when the time is up first."""
        if self._read_to_the_end:
            return self.ending
        item = await self._belt.get(seconds)
        self._read_to_the_end = isinstance(item, Ending)
        return item

    def unread(self) -> list[Arrival]:
        """What arrived and was not read."""
        return [item for item in self._belt if isinstance(item, Arrival)]

    def restore(self, arrivals: list[Arrival]) -> None:
        """Put back what an earlier socket had left unread."""
        for arrival in arrivals:
            self._belt.put_nowait(arrival)
