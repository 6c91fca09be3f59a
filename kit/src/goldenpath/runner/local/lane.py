"""A worker as the run sees it: what it was given, what it is at, since when."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from goldenpath.runner.host.signals import STACK_SIGNAL
from goldenpath.runner.local.host import Host
from goldenpath.runner.record import WorkerRecord
from goldenpath.runner.wire import Wire

_STACK_PATIENCE: Final = 0.5
"""Seconds a process has to write its stack before it is killed without."""


class Lane:
    """One worker process."""

    def __init__(self, name: str, wire: Wire, folder: Path, *, pid: int = 0, host: Host | None = None) -> None:
        self.name = name
        self.wire = wire
        self.pid = pid
        self.host = host
        """The process it has to itself, where it is no fork."""
        self.queue: deque[int] = deque()
        """Given and without result; the first is running."""
        self.began = monotonic()
        """When the first began."""
        self.ready = False
        """It has said that it is up."""
        self.idle = False
        """It waits for orders with no test in hand."""
        self.asked = False
        """It waits for orders in the middle of a tear-down."""
        self.died: str | None = None
        self._folder = folder
        self._tests = 0
        self._busy = 0.0

    @property
    def at(self) -> int | None:
        """The test it is at."""
        return self.queue[0] if self.queue else None

    def give(self, numbers: Sequence[int]) -> None:
        """Hand it tests; with none it rests."""
        if numbers:
            if not self.queue:
                self.began = monotonic()
            self.queue.extend(numbers)
            self.wire.send("run", list(numbers))
            self.idle = False
        elif self.asked:
            self.wire.send("rest")
            self.idle = True
        self.asked = False

    def done(self) -> None:
        """It has reported the test it was at."""
        now = monotonic()
        self._tests += 1
        self._busy += now - self.began
        self.began = now
        self.queue.popleft()

    def stack(self) -> str:
        """Where its threads stand; empty if it does not answer."""
        file = self._folder / f"stack-{self.pid}"
        if not STACK_SIGNAL or not file.exists():
            return ""
        before = file.stat().st_size
        try:
            os.kill(self.pid, STACK_SIGNAL)
        except ProcessLookupError:
            return ""
        until = monotonic() + _STACK_PATIENCE
        size = before
        while monotonic() < until:
            sleep(0.02)
            after = file.stat().st_size
            if after > before and after == size:
                break
            size = after
        return trimmed(file.read_bytes()[before:].decode("utf-8", "replace"))

    def interrupt(self) -> None:
        """Have pytest end its session as after Ctrl-C."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGINT)

    def kill(self) -> None:
        """End it and what it started."""
        with suppress(ProcessLookupError):
            if os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, signal.SIGKILL)
            else:
                os.kill(self.pid, signal.SIGKILL)

    def record(self) -> WorkerRecord:
        """What it did."""
        return WorkerRecord(self.name, self.pid, os.uname().nodename, self._tests, self._busy, self.died or "")


def trimmed(stack: str) -> str:
    """The stacks without the frames of pytest and of the runner below a test: nobody looks for the fault there."""
    kept: list[str] = []
    below = False
    for line in stack.splitlines():
        frame = line.startswith("  ")
        below = frame and (below or f"{os.sep}_pytest{os.sep}" in line)
        if not below:
            kept.append(line)
    return "\n".join(kept)
