"""The loop that hands batches to the scheduler and enters every result once, whatever Dask runs twice."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from queue import Empty, SimpleQueue
from time import monotonic, time
from typing import Any, Final, Self

from goldenpath.runner.cluster.batching import SERVICE, Batching, Taken
from goldenpath.runner.cluster.joining import Cluster, ClusterUnfit, Machine
from goldenpath.runner.cluster.node import close_node, interrupt_node, run_batch
from goldenpath.runner.cluster.parcel import NodeOpening, topic, unpacked
from goldenpath.runner.events import (
    ExecutionEvent,
    Notice,
    TestFinished,
    TestRetried,
    TestStarted,
    WorkerDied,
    WorkerStarted,
)
from goldenpath.runner.local.executor import WorkersFailed
from goldenpath.runner.local.nursery import Nursery
from goldenpath.runner.record import Outcome, PlannedItem, TestResult, WorkerRecord

_AHEAD: Final = 2
"""Batches per slot that are under way: one runs, one waits on the machine, so that it never idles for the network."""
_TICK: Final = 0.5
_GRACE: Final = 10.0
_LONELY: Final = 30.0
"""Seconds without a single machine before the run is given up."""
_MEMBERSHIP: Final = "all"
"""The scheduler's own topic, on which machines come and go."""


class ClusterExecutor:
    """Runs items on the machines of a cluster."""

    def __init__(
        self,
        cluster: Cluster,
        nursery: Nursery,
        opening: NodeOpening,
        tokens: Mapping[str, int],
        lonely: float = _LONELY,
    ) -> None:
        self._cluster = cluster
        self._nursery = nursery
        self._opening = opening
        self._tokens = tokens
        self._lonely = lonely
        self._found = {item.node_id: item for item in nursery.collected.items}
        self._numbers = itertools.count(1)
        self._inbox: SimpleQueue[tuple[str, Any]] = SimpleQueue()
        self._under_way: dict[int, tuple[Taken, Any]] = {}
        self._open: dict[str, PlannedItem] = {}
        """Without result as yet."""
        self._suspects: deque[PlannedItem] = deque()
        """In batches that were lost with their machines: Dask also gives up what only waited on such a machine."""
        self._batching: Batching | None = None
        self._stopping = False
        self._alone_since: float | None = None
        self.stopped_by = ""
        self.until: float | None = None
        """When, on the monotonic clock, the time of everything is up."""
        self.expired = False
        """It was up before everything had run."""
        self.careful = False
        """Stop at the first failure; the batches that are under way end all the same."""

    def __enter__(self) -> Self:
        client = self._cluster.client
        client.subscribe_topic(topic(self._opening.run_id), lambda event: self._inbox.put(("news", event[1])))
        client.subscribe_topic(_MEMBERSHIP, lambda event: self._inbox.put(("member", event[1])))
        return self

    def __exit__(self, *_: object) -> None:
        client = self._cluster.client
        try:
            client.cancel([future for _, future in self._under_way.values()])
            if self._under_way:
                client.run(interrupt_node, self._opening.run_id, True, on_error="ignore")
            with ThreadPoolExecutor(1) as beside:
                ended = beside.submit(self._nursery.end, [])
                client.run(close_node, self._opening.run_id, on_error="ignore")
                ended.result()
        finally:
            client.close()

    def records(self) -> list[WorkerRecord]:
        """What every machine did, the lost ones included."""
        return [
            WorkerRecord(machine.name, machine.pid, machine.host, machine.tests, machine.busy, machine.died)
            for machine in self._cluster.machines.values()
        ]

    def stop(self) -> None:
        """Submit nothing more; the batches that are under way end within seconds and are reported."""
        self._stopping = True
        if self._batching is not None:
            self._batching.drop()

    def interrupt(self) -> Iterator[ExecutionEvent]:
        """Have what is running end as after Ctrl-C, and wait a little for it."""
        self.stop()
        self.stopped_by = "interrupted"
        yield from self._end_what_runs(kill=False)

    def execute(self, items: Sequence[PlannedItem]) -> Iterator[ExecutionEvent]:
        """Run the items in any order and say what happens."""
        bound = [replace(item, tokens=self._all_tokens(item)) for item in items]
        self._open = {item.node_id: item for item in bound}
        self._suspects.clear()
        groups = {node_id: self._found[node_id].group for node_id in self._open}
        offered = {token: self._cluster.offered(token.removeprefix(SERVICE)) for item in bound for token in item.tokens}
        limits = {**self._tokens, **{token: many for token, many in offered.items() if token.startswith(SERVICE)}}
        self._batching = Batching(bound, groups, limits, self._cluster.slots, self._numbers)
        self._stopping = self.expired = False
        for machine in self._cluster.machines.values():
            if not machine.died:
                yield WorkerStarted(machine.name, machine.pid, time(), machine.host)
        while True:
            self._submit()
            if not self._under_way:
                return
            yield from self._hear()
            yield from self._watch()

    def _all_tokens(self, item: PlannedItem) -> tuple[str, ...]:
        return (*item.tokens, *(f"{SERVICE}{name}" for name in self._found[item.node_id].services))

    def _submit(self) -> None:
        assert self._batching is not None
        slots = self._cluster.slots
        while not self._stopping and len(self._under_way) < slots * _AHEAD:
            taken = self._batching.take(slots)
            if taken is None:
                break
            self._send(taken)
        if not self._under_way and self._suspects and not self._stopping:
            self._send(self._batching.again(self._suspects.popleft(), alone=True))

    def _send(self, taken: Taken) -> None:
        number = taken.batch.number
        future = self._cluster.client.submit(
            run_batch,
            self._opening,
            taken.batch,
            key=f"{topic(self._opening.run_id)}-{number}",
            resources=dict.fromkeys(taken.services, 1) or None,
            pure=False,
        )
        self._under_way[number] = taken, future
        future.add_done_callback(lambda done: self._inbox.put(("done", (number, done))))

    def _hear(self) -> Iterator[ExecutionEvent]:
        patience = _TICK if self.until is None else max(0.0, min(_TICK, self.until - monotonic()))
        try:
            kind, content = self._inbox.get(timeout=patience)
        except Empty:
            return
        if kind == "news":
            yield from self._news(content)
        elif kind == "done":
            yield from self._done(*content)
        elif isinstance(content, Mapping):
            yield from self._member(content)

    def _news(self, content: Mapping[str, Any]) -> Iterator[ExecutionEvent]:
        machine = self._cluster.machines.get(content["worker"])
        if machine is None:
            return
        for name, *rest in content["news"]:
            if name == "started" and rest[0] in self._open:
                machine.running = rest[0]
                yield TestStarted(rest[0], machine.name, rest[1])
            elif name == "finished":
                yield from self._enter(unpacked(rest[0]), machine)
            elif name == "retried" and rest[0][0] in self._open:
                yield TestRetried(replace(unpacked(rest[0]), worker=machine.name), rest[1])
            elif name == "died":
                yield WorkerDied(machine.name, rest[0], rest[1], rest[2])

    def _enter(self, result: TestResult, machine: Machine | None) -> Iterator[ExecutionEvent]:
        """The ledger: the first result of a test counts, and there is no second."""
        item = self._open.pop(result.node_id, None)
        if item is None:
            return
        name = machine.name if machine is not None else result.worker
        if machine is not None:
            machine.tests += 1
            machine.busy += result.duration
            machine.running = ""
        assert self._batching is not None
        self._batching.note(result.duration)
        yield TestFinished(replace(result, worker=name, category=item.category, layer=item.layer))

    def _done(self, number: int, future: Any) -> Iterator[ExecutionEvent]:
        taken, _ = self._under_way.pop(number)
        assert self._batching is not None
        self._batching.release(taken)
        if future.status == "finished":
            answer = future.result()
            machine = self._cluster.machines.get(answer["worker"])
            for row in answer["results"]:
                yield from self._enter(unpacked(row), machine)
        left = [item for item in taken.batch.items if item.node_id in self._open]
        if not left or self._stopping:
            return
        if future.status == "error":
            yield from self._failed(taken, left, future.exception())
        else:
            for item in left:
                self._send(self._batching.again(item))

    def _failed(
        self, taken: Taken, left: Sequence[PlannedItem], error: BaseException | None
    ) -> Iterator[ExecutionEvent]:
        """Dask gave a batch up. If machines died under it, its tests are run one by one, with nothing beside them."""
        from distributed import KilledWorker

        assert self._batching is not None
        if not isinstance(error, KilledWorker):
            raise WorkersFailed(f"a machine of the cluster cannot run tests: {error}")
        if not taken.alone:
            yield Notice(f"{len(left)} tests under which machines died are run one by one, at the end", warning=True)
            self._suspects.extend(left)
            return
        why = f"every machine that ran it was lost, at last {error.last_worker.address}"
        found = self._found[left[0].node_id]
        lost = TestResult(
            left[0].node_id, Outcome.CRASHED, worker=error.last_worker.address, message=why, start=time(),
            path=found.path, line=found.line,
        )  # fmt: skip
        yield from self._enter(lost, None)

    def _member(self, content: Mapping[str, Any]) -> Iterator[ExecutionEvent]:
        """A machine has come or gone; Dask itself gives its batches to others."""
        address = content.get("worker", "")
        machine = self._cluster.machines.get(address)
        if content.get("action") == "remove-worker" and machine is not None and not machine.died:
            machine.died = "it left the cluster"
            yield WorkerDied(machine.name, machine.died, time(), machine.running)
            told = f"; it was at {machine.running}" if machine.running in self._open else ""
            yield Notice(
                f"machine {machine.name} was lost{told}; what it had not reported is run elsewhere", warning=True
            )
        elif content.get("action") == "add-worker" and machine is None:
            try:
                newcomer = self._cluster.welcome(address)
            except (ClusterUnfit, KeyError, OSError) as error:
                yield Notice(f"{address} joined the cluster and is of no use: {error}", warning=True)
            else:
                yield WorkerStarted(newcomer.name, newcomer.pid, time(), newcomer.host)

    def _watch(self) -> Iterator[ExecutionEvent]:
        now = monotonic()
        if self.until is not None and now >= self.until and not self.expired:
            self.expired = True
            self.stop()
            yield from self._end_what_runs(kill=True)
        if self._cluster.slots:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = now
        elif now - self._alone_since >= self._lonely:
            raise WorkersFailed(f"no machine is left in the cluster, and none came back for {self._lonely:g} s")

    def _end_what_runs(self, kill: bool) -> Iterator[ExecutionEvent]:
        self._cluster.client.run(interrupt_node, self._opening.run_id, kill, on_error="ignore")
        until = monotonic() + _GRACE
        while self._under_way and monotonic() < until:
            yield from self._hear()
        self._cluster.client.cancel([future for _, future in self._under_way.values()])
        self._under_way = {}
