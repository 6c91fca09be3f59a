"""Several instances behind one port: started together, replaced when one dies, stopped together.

They share the listening socket, so the kernel hands each connection to one that waits for it, and none is lost with an
instance that had it in a queue of its own. The standard input of each is a pipe from here: its end is the end of all.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from agent_backend.cli.output import write_event

LOOK: Final = 0.2
"""Seconds between two looks at the instances."""
PATIENCE: Final = 3
"""Instances in a row that may die before they were ready; then the cause is not theirs."""
GRACE: Final = 20.0
"""Seconds to stop in."""


@dataclass
class _Instance:
    process: subprocess.Popen[bytes]
    ready: bool = False


class Supervisor:
    """Keeps a number of instances running until it is told to stop."""

    def __init__(
        self, command: Sequence[str], variables: Mapping[str, str], listener: socket.socket, count: int
    ) -> None:
        self._command = [*command, "--inherited-listener", str(listener.fileno())]
        self._env = os.environ | variables
        self._listener = listener
        self._count = count
        self._instances: list[_Instance] = []
        self._selector = selectors.DefaultSelector()
        self._stopping = False
        self._announced = False
        self._stillborn = 0

    def run(self) -> int:
        """Serve until SIGINT or SIGTERM; 0 when all was stopped on request, 2 when instances would not live."""
        handled = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        handled[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._pass_on)
        try:
            for _ in range(self._count):
                self._start()
            while not self._stopping and self._stillborn < PATIENCE:
                self._look()
            return 0 if self._stopping else 2
        finally:
            self._stop_all()
            for number, handler in handled.items():
                signal.signal(number, handler)

    def _start(self) -> None:
        process = subprocess.Popen(
            self._command,
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=[self._listener.fileno()],
            start_new_session=True,
        )
        assert process.stdout is not None
        instance = _Instance(process)
        self._instances.append(instance)
        self._selector.register(process.stdout, selectors.EVENT_READ, instance)

    def _look(self) -> None:
        """Hear what the instances say, and replace those that are gone."""
        for key, _ in self._selector.select(LOOK):
            self._hear(key.data)
        for instance in [each for each in self._instances if each.process.poll() is not None]:
            self._bury(instance)
            if not self._stopping and self._stillborn < PATIENCE:
                self._start()

    def _hear(self, instance: _Instance) -> None:
        assert instance.process.stdout is not None
        line = instance.process.stdout.readline()
        if not line:
            return
        told = json.loads(line)
        if told["event"] != "ready":
            return
        instance.ready = True
        if self._announced:
            write_event("instance_replaced", pid=told["pid"])
        elif all(each.ready for each in self._instances):
            self._announced = True
            pids = [each.process.pid for each in self._instances]
            write_event("ready", url=told["url"], pid=os.getpid(), instances=pids)

    def _bury(self, instance: _Instance) -> None:
        assert instance.process.stdout is not None
        self._instances.remove(instance)
        self._selector.unregister(instance.process.stdout)
        _close(instance.process)
        self._stillborn = 0 if instance.ready else self._stillborn + 1
        if self._announced:
            write_event("instance_died", pid=instance.process.pid, code=instance.process.returncode)

    def _stop_all(self) -> None:
        for instance in self._instances:
            instance.process.terminate()
        deadline = time.monotonic() + GRACE
        for instance in self._instances:
            try:
                instance.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                instance.process.kill()
                instance.process.wait()
            _close(instance.process)
        self._selector.close()

    def _on_signal(self, *_: object) -> None:
        self._stopping = True

    def _pass_on(self, number: int, _: object) -> None:
        """SIGHUP: every instance reads its configuration again."""
        for instance in self._instances:
            instance.process.send_signal(number)


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
