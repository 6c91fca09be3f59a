"""An instance of the backend that takes its time with every step, and whose time of day can be stepped.

    python instance.py PACE      PACE: seconds before each step

The lines of its standard input are commands: `clock SECONDS` says by how much its clock is wrong from now on, `tasks`
asks how many tasks there are. The service knows nothing of it: faults, rules and clock are parameters of `serve`. It
ends with its standard input.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

import uvloop

from agent_backend.cli.output import write_event
from agent_backend.config import Sources, UnifiedConfigManager
from agent_backend.execution import FaultPoint
from agent_backend.web import listen, serve
from agent_backend.workflow import WorkerRules

PR_SET_PDEATHSIG = 1
IMPATIENT = WorkerRules(beat=timedelta(seconds=0.25), silent=timedelta(seconds=1.5))


class SteppedClock:
    """The machine's clock, with a time of day that is wrong by so much; steady time stays steady, as it does."""

    def __init__(self) -> None:
        self.wrong_by = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.wrong_by

    def monotonic(self) -> float:
        return time.monotonic()


class Pace:
    """Holds each step up for a while, so that a run is still going on when its instance is hit."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    async def reached(self, point: FaultPoint, detail: str = "") -> None:
        if point is FaultPoint.STEP_BEGUN and self._seconds:
            await asyncio.sleep(self._seconds)


def obey(clock: SteppedClock, loop: asyncio.AbstractEventLoop) -> None:
    """Carry out the commands, line by line."""
    for line in sys.stdin:
        command, _, value = line.strip().partition(" ")
        if command == "clock":
            clock.wrong_by = timedelta(seconds=float(value))
        else:
            loop.call_soon_threadsafe(lambda: write_event("tasks", tasks=len(asyncio.all_tasks(loop))))
    os.kill(os.getpid(), signal.SIGTERM)


def die_with_parent() -> None:
    """Also while it is paused: a bench that is killed leaves nothing behind."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def announce(url: str, pid: int) -> None:
    write_event("ready", url=url, pid=pid)


def main(pace: str = "0") -> None:
    die_with_parent()
    settings = UnifiedConfigManager(Sources.of_process(os.environ, None)).get_config()
    logging.basicConfig(stream=sys.stderr, level=settings.log.level)
    clock = SteppedClock()
    with listen("127.0.0.1", 0) as listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        threading.Thread(target=obey, args=[clock, runner.get_loop()], daemon=True).start()
        runner.run(serve(settings, listener, announce, faults=Pace(float(pace)), rules=IMPATIENT, clock=clock))


if __name__ == "__main__":
    main(*sys.argv[1:])
