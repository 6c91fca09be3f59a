"""Tasks whose sets iterate the same in every process, and how to tell a task's steps from other callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from typing import Any, Final

_HASH_BITS: Final = (1 << 60) - 1


class VirtualTask(asyncio.Task[Any]):
    """A task whose hash is a number the seed gave it.

    asyncio keeps tasks in sets and hands sets of them out (`wait`, `all_tasks`, a task group's abort). By address such
    a set iterates in another order in each process; this way in one that the seed decides.
    """

    __slots__ = ("_hash",)

    def __init__(self, coro: Coroutine[Any, Any, Any] | Generator[Any, None, Any], word: int, **options: Any) -> None:
        self._hash = word & _HASH_BITS
        super().__init__(coro, **options)

    def __hash__(self) -> int:
        return self._hash

    @property
    def failed_unseen(self) -> bool:
        """Whether it has failed and nobody has asked why."""
        return self._log_traceback


class _Eavesdropper:
    """Stands in for a loop to see which callbacks a task schedules for its own steps."""

    def __init__(self) -> None:
        self.heard: list[tuple[Callable[..., object], tuple[object, ...]]] = []

    def get_debug(self) -> bool:
        return False

    def call_soon(self, callback: Callable[..., object], *args: object, context: Context) -> None:
        self.heard.append((callback, args))


def kinds_of_step() -> tuple[type, type, str]:
    """The type of a task's first step, then type and name of the callback of all others.

    Asked from asyncio itself, because they differ between versions and are documented in none.
    """

    async def wait() -> None:
        await future

    loop: Any = _Eavesdropper()
    future: asyncio.Future[None] = asyncio.Future(loop=loop)
    task: asyncio.Task[None] = asyncio.Task(wait(), loop=loop)
    first, _ = loop.heard.pop()
    first()
    future.set_result(None)
    wakeup, args = loop.heard.pop()
    wakeup(*args)
    task.result()
    return type(first), type(wakeup), wakeup.__name__
