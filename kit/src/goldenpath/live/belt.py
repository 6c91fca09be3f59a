"""A queue between two tasks that is bounded until its bound is lifted, and whose every wait can have an end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Belt(Generic[T]):
    """Carries items in order; `put` waits while it is full, which is how a slow reader holds up a writer.

    asyncio.Queue cannot let a last item past its bound, and a get with a time-out costs it a task or a scope.
    """

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError(f"a limit is 1 or more, got {limit!r}")
        self._limit: float = limit
        self._items: deque[T] = deque()
        self._takers: deque[asyncio.Future[bool]] = deque()
        self._givers: deque[asyncio.Future[bool]] = deque()

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items)

    @property
    def full(self) -> bool:
        """Whether `put` would wait."""
        return len(self._items) >= self._limit

    def put_nowait(self, item: T) -> None:
        """Add an item whether or not there is room."""
        self._items.append(item)
        _wake(self._takers)

    async def put(self, item: T) -> None:
        """Add an item as soon as there is room."""
        await self.room()
        self.put_nowait(item)

    async def room(self) -> None:
        """Wait until there is room."""
        while self.full:
            await _turn(self._givers, None)

    async def get(self, seconds: float | None = None) -> T | None:
        """The next item; None when the time is up before there is one."""
        if not self._items and not await self._filled(seconds):
            return None
        item = self._items.popleft()
        _wake(self._givers)
        if self._items:
            _wake(self._takers)
        return item

    async def _filled(self, seconds: float | None) -> bool:
        """Wait until there is an item; false when the time is up first."""
        loop = asyncio.get_running_loop()
        deadline = None if seconds is None else loop.time() + seconds
        while not self._items:
            left = None if deadline is None else deadline - loop.time()
            if left is not None and left <= 0:
                return False
            await _turn(self._takers, left)
        return True

    def lift(self) -> None:
        """Nobody waits for room any more."""
        self._limit = float("inf")
        while self._givers:
            _wake(self._givers)


async def _turn(line: deque[asyncio.Future[bool]], seconds: float | None) -> None:
    """Stand in line until woken or until the time is up; who is cancelled when woken passes the turn on."""
    loop = asyncio.get_running_loop()
    turn: asyncio.Future[bool] = loop.create_future()
    line.append(turn)
    timer = None if seconds is None else loop.call_later(seconds, _expire, turn)
    try:
        await turn
    except BaseException:
        if turn.done() and not turn.cancelled() and turn.result():
            _wake(line)
        raise
    finally:
        if timer is not None:
            timer.cancel()
        if turn in line:
            line.remove(turn)


def _wake(line: deque[asyncio.Future[bool]]) -> None:
    while line:
        turn = line.popleft()
        if not turn.done():
            turn.set_result(True)
            return


def _expire(turn: asyncio.Future[bool]) -> None:
    if not turn.done():
        turn.set_result(False)
