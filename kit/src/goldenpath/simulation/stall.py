"""A simulation that cannot go on, or goes on without getting anywhere, and who is to blame."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import CodeType
from typing import Any


class StallError(RuntimeError):
    """A simulation that will not end; `tasks` names the tasks that have not, and where each of them stands."""

    def __init__(self, message: str, tasks: list[str]) -> None:
        self.tasks = tasks
        super().__init__("\n  ".join([message, *(tasks or ["(no task is left: something else was waited for)"])]))


class DeadlockError(StallError):
    """Nothing is scheduled any more, and the awaited result is not there."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__("nothing can run and no timer is set, so these wait for ever:", standing(loop))


class LivelockError(StallError):
    """Steps are taken without end and the clock does not move."""

    def __init__(self, loop: asyncio.AbstractEventLoop, steps: int) -> None:
        super().__init__(
            f"{steps:,} steps were taken at {loop.time():g} s and the clock has not moved; "
            f"a loop that waits by sleep(0) does this. Unfinished are:",
            standing(loop),
        )


def standing(loop: asyncio.AbstractEventLoop) -> list[str]:
    """One line for each unfinished task: its name, where it stands, what it waits for."""
    return sorted(map(_where_it_stands, asyncio.all_tasks(loop)), key=_by_number)


def _by_number(line: str) -> tuple[int, str]:
    return len(line.partition(":")[0]), line


def _where_it_stands(task: asyncio.Task[Any]) -> str:
    frames = [frame for frame in _frames(task.get_coro()) if not _of_asyncio(frame[0])]
    place = ""
    if frames:
        code, line = frames[-1]
        place = f" at {Path(code.co_filename).name}:{line} in {code.co_qualname}"
    return f"{task.get_name()}:{place}{_awaited(task)}"


def _frames(awaitable: Any) -> list[tuple[CodeType, int]]:
    """The frames a suspended coroutine is made of, the outermost first."""
    frames = []
    while awaitable is not None:
        for kind in ("cr", "ag", "gi"):
            frame = getattr(awaitable, f"{kind}_frame", None)
            if frame is not None:
                frames.append((frame.f_code, frame.f_lineno))
                break
        else:
            break
        awaitable = getattr(awaitable, "gi_yieldfrom" if kind == "gi" else f"{kind}_await")
    return frames


def _of_asyncio(code: CodeType) -> bool:
    return Path(code.co_filename).parent == Path(asyncio.__file__).parent


def _awaited(task: asyncio.Task[Any]) -> str:
    awaited = getattr(task, "_fut_waiter", None)
    if isinstance(awaited, asyncio.Task):
        return f", waits for {awaited.get_name()}"
    inner = [code.co_qualname for code, _ in _frames(task.get_coro()) if _of_asyncio(code)]
    if inner:
        return f", waits in {inner[0]}"
    return f", waits for a {type(awaited).__name__}" if awaited is not None else ", ready to run"
