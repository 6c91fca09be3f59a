"""Waiting for a condition, and for an awaitable that may never end: always with a limit, and an error that tells."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic, sleep
from typing import Any

from goldenpath.testcase.settling import Steps, settled

Condition = Callable[[], Any]


def inside_a_loop() -> bool:
    """Whether an event loop is running here."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def until(condition: Condition, timeout: float, message: str | None, pause: Condition) -> Steps:
    """Ask until the answer is true, pausing in between, and give it; a TimeoutError tells the last answer."""
    deadline = monotonic() + timeout
    asked = 0
    while True:
        answer = yield from settled(condition())
        asked += 1
        if answer:
            return answer
        if monotonic() >= deadline:
            what = message or f"{_named(condition)} did not become true"
            raise TimeoutError(f"{what} within {timeout:g} s; asked {asked} times, the last answer was {answer!r}")
        yield from settled(pause())


def pausing(interval: float, *, awaited: bool) -> Condition:
    """How to pause."""
    return (lambda: asyncio.sleep(interval)) if awaited else (lambda: sleep(interval))


async def within(awaitable: Awaitable[Any], timeout: float) -> Any:
    """Await with a limit; what was awaited is cancelled at the limit, and named."""
    name = _named(awaitable)
    task = asyncio.ensure_future(awaitable)
    done, _ = await _waited(task, timeout)
    if not done:
        raise TimeoutError(f"{name} did not end within {timeout:g} s and was cancelled")
    return task.result()


async def _waited(task: asyncio.Future[Any], timeout: float) -> tuple[set[Any], set[Any]]:
    try:
        waited = await asyncio.wait({task}, timeout=timeout)
    except BaseException:
        await _cancelled(task)
        raise
    if task not in waited[0]:
        await _cancelled(task)
    return waited


async def _cancelled(task: asyncio.Future[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _named(thing: Any) -> str:
    return str(getattr(thing, "__qualname__", None) or repr(thing))
