from __future__ import annotations

import asyncio
from typing import Any

import pytest

from agent_backend.storage import RunQueue


class DeafJobs:
    """Listens, and overhears the first time that it is told to stop."""

    def __init__(self) -> None:
        self.told = 0

    async def listen_for_jobs(self, **_: Any) -> None:
        while self.told < 2:
            try:
                await asyncio.get_running_loop().create_future()
            except asyncio.CancelledError:
                self.told += 1


async def cancelled(queue: RunQueue) -> bool:
    listening = asyncio.create_task(queue.listen(lambda: None))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    listening.cancel()
    done, _ = await asyncio.wait([listening], timeout=30)
    return listening in done


def test_listening_ends_though_the_driver_lost_the_first_cancellation() -> None:
    jobs = DeafJobs()
    assert asyncio.run(cancelled(RunQueue(None, jobs)))  # type: ignore[arg-type]
    assert jobs.told == 2


def test_what_the_driver_raises_while_listening_comes_out() -> None:
    class BrokenJobs:
        async def listen_for_jobs(self, **_: Any) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(RunQueue(None, BrokenJobs()).listen(lambda: None))  # type: ignore[arg-type]
