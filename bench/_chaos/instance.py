"""An instance of the backend that takes its time with every step, and whose time of day can be stepped.

    python instance.py      each line of its standard input is by how many seconds its clock is wrong from now on

The service knows nothing of it: faults, rules and clock are parameters of `serve`. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
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

PACE = 0.25
"""Seconds before each step, so that a run is still going on when its instance is hit."""
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
    """Holds each step up for a while."""

    async def reached(self, point: FaultPoint, detail: str = "") -> None:
        if point is FaultPoint.STEP_BEGUN:
            await asyncio.sleep(PACE)


def main() -> None:
    settings = UnifiedConfigManager(Sources.of_process(os.environ, None)).get_config()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    clock = SteppedClock()

    def obey() -> None:
        for line in sys.stdin:
            clock.wrong_by = timedelta(seconds=float(line))
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=obey, daemon=True).start()

    def announce(url: str, pid: int) -> None:
        write_event("ready", url=url, pid=pid)

    with listen("127.0.0.1", 0) as listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, listener, announce, faults=Pace(), rules=IMPATIENT, clock=clock))


if __name__ == "__main__":
    main()
