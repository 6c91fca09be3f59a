"""The side of the machine: a suite that is collected once and runs the batches that Dask brings.

These functions are sent by name, so every machine needs the same version of the toolkit.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Any, Final, Protocol

from goldenpath import __version__
from goldenpath.runner.cluster.parcel import Batch, NodeOpening, packed, topic
from goldenpath.runner.events import ExecutionEvent, TestFinished, TestRetried, TestStarted, WorkerDied
from goldenpath.runner.local.executor import Limits, LocalExecutor
from goldenpath.runner.local.host import Host, HostFailed, Opening
from goldenpath.runner.local.nursery import Nursery, Way

_FLUSH: Final = 0.2
"""Seconds that news may wait for more of it."""
_IDLE: Final = 300.0
"""Seconds without a batch after which a suite is ended: the run that wanted it is gone."""


class NodeFailed(Exception):
    """This machine cannot run tests of the suite."""


class DaskWorker(Protocol):
    """What is used of `distributed.Worker`."""

    @property
    def address(self) -> str:
        """How others reach it."""

    def log_event(self, topic: str, msg: object) -> None:
        """Tell everybody who listens to a topic."""


class Node:
    """What one Dask worker process keeps for one run: a collected suite per thread that ever ran a batch."""

    def __init__(self, opening: NodeOpening) -> None:
        self._opening = opening
        self._folder = Path(tempfile.mkdtemp(prefix="goldenpath-node-"))
        self._lock = threading.Lock()
        self._opening_lock = threading.Lock()
        """One suite at a time: a batch that comes while the first is being opened waits for it."""
        self._all: list[LocalExecutor] = []
        self._free: list[LocalExecutor] = []
        self._closed = False
        self._alarm: threading.Timer | None = None
        self._rest()

    def run(self, batch: Batch, worker: DaskWorker) -> dict[str, Any]:
        """Run a batch: what happens is told at once, and what came of it is the answer."""
        results: list[list[Any]] = []
        teller = Teller(worker, topic(self._opening.run_id), batch.number)
        with self._executor() as executor:
            for event in executor.execute(batch.items):
                teller.tell(event)
                if isinstance(event, TestFinished):
                    results.append(packed(event.result))
        teller.flush()
        return {"worker": worker.address, "results": results}

    def warm(self) -> None:
        """Collect before the first batch is there; what goes wrong is told by that batch."""
        with suppress(NodeFailed), self._executor():
            pass

    def interrupt(self, kill: bool) -> None:
        """End what is running: as after Ctrl-C, or at once."""
        with self._lock:
            for executor in self._all:
                executor.stop()
                executor.signal_all(kill)

    def close(self) -> None:
        """End the suites in order, so that session fixtures are torn down."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            executors, self._all, self._free = self._all, [], []
        if self._alarm is not None:
            self._alarm.cancel()
        for executor in executors:
            executor.__exit__(None)
        shutil.rmtree(self._folder, ignore_errors=True)

    @contextmanager
    def _executor(self) -> Iterator[LocalExecutor]:
        executor = self._idle()
        if executor is None:
            with self._opening_lock:
                executor = self._idle() or self._open()
        try:
            yield executor
        finally:
            with self._lock:
                self._free.append(executor)
                if len(self._free) == len(self._all) and not self._closed:
                    self._rest()

    def _idle(self) -> LocalExecutor | None:
        with self._lock:
            if self._alarm is not None:
                self._alarm.cancel()
            return self._free.pop() if self._free else None

    def _open(self) -> LocalExecutor:
        asked = self._opening
        opening = Opening(asked.root, asked.arguments, self._folder, asked.run_id, asked.environment, asked.retries)
        host = Host(opening)
        try:
            collected = host.collected()
        except HostFailed as error:
            raise NodeFailed(f"the suite cannot be collected here: {error}") from None
        except BaseException:
            host.kill()
            raise
        executor = LocalExecutor(Nursery(host, collected, opening, 1, Way.SOLO), Limits({}, asked.timeout))
        with self._lock:
            self._all.append(executor)
        return executor

    def _rest(self) -> None:
        self._alarm = threading.Timer(_IDLE, self.close)
        self._alarm.daemon = True
        self._alarm.start()


class Teller:
    """Sends news in small bundles: one message per test would be most of the work of a fast suite."""

    def __init__(self, worker: DaskWorker, channel: str, batch: int) -> None:
        self._worker = worker
        self._channel = channel
        self._batch = batch
        self._news: list[list[Any]] = []
        self._flushed = monotonic()
        self.flush()

    def tell(self, event: ExecutionEvent) -> None:
        """Take up an event."""
        match event:
            case TestStarted():
                self._news.append(["started", event.node_id, event.at])
            case TestFinished():
                self._news.append(["finished", packed(event.result)])
            case TestRetried():
                self._news.append(["retried", packed(event.result), event.attempts_left])
            case WorkerDied():
                self._news.append(["died", event.why, event.at, event.node_id])
        if monotonic() - self._flushed >= _FLUSH:
            self.flush()

    def flush(self) -> None:
        """Send what there is, be it only the word that the batch was begun."""
        self._flushed = monotonic()
        message = {"worker": self._worker.address, "batch": self._batch, "news": self._news}
        self._worker.log_event(self._channel, message)
        self._news = []


_NODES: dict[str, Node] = {}
_NODES_LOCK = threading.Lock()


def run_batch(opening: NodeOpening, batch: Batch) -> dict[str, Any]:
    """Run a batch on whatever machine this is."""
    from distributed import get_worker

    return _node(opening).run(batch, get_worker())


async def open_node(opening: NodeOpening) -> None:
    """Begin to collect; the machine's event loop stays free meanwhile."""
    await asyncio.to_thread(_node(opening).warm)


def _node(opening: NodeOpening) -> Node:
    with _NODES_LOCK:
        node = _NODES.get(opening.run_id)
        if node is None:
            node = _NODES[opening.run_id] = Node(opening)
        return node


def introduce(root: str, dask_worker: Any = None) -> dict[str, Any]:
    """What a machine is, and whether it has the project; Dask fills in `dask_worker`."""
    return {
        "version": __version__,
        "pid": os.getpid(),
        "host": os.uname().nodename,
        "root": Path(root).is_dir(),
        "name": str(dask_worker.name),
        "threads": dask_worker.state.nthreads,
        "resources": dict(dask_worker.state.total_resources),
    }


def interrupt_node(run_id: str, kill: bool) -> None:
    """End what this machine runs for a run."""
    node = _NODES.get(run_id)
    if node is not None:
        node.interrupt(kill)


async def close_node(run_id: str) -> None:
    """End what this machine keeps for a run; its event loop stays free meanwhile."""
    with _NODES_LOCK:
        node = _NODES.pop(run_id, None)
    if node is not None:
        await asyncio.to_thread(node.close)
