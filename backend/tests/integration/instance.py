"""An instance whose patience is short, and which kills itself with -9 at the fault point it is told, if any.

    python instance.py [POINT [DETAIL]]

The service knows nothing of it: its faults and the rules of its worker are parameters of `serve`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from datetime import timedelta

import uvloop

from agent_backend.cli.output import write_event
from agent_backend.config import Sources, UnifiedConfigManager
from agent_backend.execution import FaultPoint
from agent_backend.web import listen, serve
from agent_backend.workflow import WorkerRules

IMPATIENT = WorkerRules(beat=timedelta(seconds=0.25), silent=timedelta(seconds=1.5))


class Killer:
    """Ends the process where it stands: no handler runs, no buffer is flushed, no connection is closed."""

    def __init__(self, point: str = "", detail: str = "") -> None:
        self._at = point, detail

    async def reached(self, point: FaultPoint, detail: str = "") -> None:
        if self._at in {(point, detail), (point, "")}:
            os.kill(os.getpid(), signal.SIGKILL)


def announce(url: str, pid: int) -> None:
    write_event("ready", url=url, pid=pid)


def main(*killed_at: str) -> None:
    settings = UnifiedConfigManager(Sources.of_process(os.environ, None)).get_config()
    logging.basicConfig(stream=sys.stderr, level=logging.INFO)
    with listen("127.0.0.1", 0) as listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(settings, listener, announce, faults=Killer(*killed_at), rules=IMPATIENT))


if __name__ == "__main__":
    main(*sys.argv[1:])
