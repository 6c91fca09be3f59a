"""Which thread is being worked on, and by which run: at most one at a time."""

from __future__ import annotations

import asyncio

from agent_backend.context import UserExecutionContext


class ActiveRuns:
    """Claims of runs on their threads.

    A claim is named by its run, so that releasing it twice, when the run has told its end and when its task is over,
    cannot free the thread under the next run.
    """

    def __init__(self) -> None:
        self._threads: dict[tuple[str, str], str] = {}
        self._idle = asyncio.Event()
        self._idle.set()

    def claim(self, context: UserExecutionContext) -> bool:
        """Take the thread for this run; False while another run has it."""
        if self._threads.setdefault((context.tenant_id, context.thread_id), context.run_id) != context.run_id:
            return False
        self._idle.clear()
        return True

    def release(self, context: UserExecutionContext) -> None:
        """Give the thread back; nothing happens when that was done before."""
        thread = (context.tenant_id, context.thread_id)
        if self._threads.get(thread) == context.run_id:
            del self._threads[thread]
        if not self._threads:
            self._idle.set()

    async def all_released(self) -> None:
        """Return when no thread is being worked on."""
        await self._idle.wait()
