"""What a worker does when a driver loses its cancellation, as `wait_for` of Python 3.11 does now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from agent_backend.context import SystemClock, wanted
from agent_backend.workflow import WorkerRules
from agent_backend.workflow.worker import RunWorker

PATIENCE = 30.0


class DeafQueue:
    """A queue whose heartbeat swallows the first cancellation that reaches it."""

    def __init__(self) -> None:
        self.beating = asyncio.Event()

    async def register(self) -> int:
        return 1

    async def unregister(self, worker: int) -> None:
        return

    async def listen(self, wake: Callable[[], None]) -> None:
        await asyncio.Event().wait()

    async def beat(self, worker: int) -> None:
        self.beating.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    async def rescue(self, silent: timedelta) -> int:
        return 0

    async def fetch(self, worker: int) -> None:
        return


@pytest.mark.asyncio
async def test_a_worker_whose_cancellation_was_lost_in_its_heartbeat_ends_all_the_same() -> None:
    queue, nothing = DeafQueue(), Any
    rules = WorkerRules(beat=timedelta(seconds=0))
    worker = RunWorker(queue, nothing, nothing, nothing, SystemClock(), "one", rules, nothing)  # type: ignore[arg-type]
    working = asyncio.create_task(worker.run())
    await queue.beating.wait()
    working.cancel()
    done, _ = await asyncio.wait([working], timeout=PATIENCE)
    for _ in range(3):
        working.cancel()
    assert done == {working}


@pytest.mark.asyncio
async def test_a_task_knows_that_it_was_cancelled_although_the_exception_was_lost() -> None:
    said: list[bool] = []

    async def loses_it() -> None:
        said.append(wanted())
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            said.append(wanted())

    task = asyncio.create_task(loses_it())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=PATIENCE)
    assert said == [True, False]
