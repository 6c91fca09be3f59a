"""What is to be given back when a piece of work is over, last taken first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

Cleanup = Callable[[], Awaitable[object] | object]


class CleanupStack:
    """Runs every cleanup exactly once, in reverse, whatever the others do."""

    def __init__(self) -> None:
        self._cleanups: list[Cleanup] = []
        self.closed = False

    def push(self, cleanup: Cleanup) -> None:
        """Add a cleanup, plain or async; one that comes after the end would never run and is refused."""
        if self.closed:
            raise RuntimeError("this context was cleaned up already; nothing can be added to it")
        self._cleanups.append(cleanup)

    async def close(self) -> None:
        """Run them all; what failed is raised together at the end. A second call does nothing."""
        self.closed = True
        failures: list[Exception] = []
        cancelled: asyncio.CancelledError | None = None
        while self._cleanups:
            try:
                outcome = self._cleanups.pop()()
                if isinstance(outcome, Awaitable):
                    await outcome
            except asyncio.CancelledError as error:
                cancelled = error
            except Exception as error:
                failures.append(error)
        if cancelled is not None:
            raise cancelled
        if failures:
            raise ExceptionGroup("some cleanups failed", failures)
