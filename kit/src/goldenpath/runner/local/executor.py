"""The loop that gives tests to the workers of this machine and tells what became of each."""

from __future__ import annotations

import select
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic, time
from typing import Any, Final, Self

from goldenpath.runner.events import (
    ExecutionEvent,
    Notice,
    TestFinished,
    TestRetried,
    TestStarted,
    WorkerDied,
    WorkerStarted,
)
from goldenpath.runner.local.host import told
from goldenpath.runner.local.lane import Lane
from goldenpath.runner.local.nursery import Nursery
from goldenpath.runner.local.units import Backlog, Task, units
from goldenpath.runner.record import Outcome, PlannedItem, TestResult, WorkerRecord

_ENOUGH: Final = 20
_TICK: Final = 0.5


@dataclass(frozen=True)
class Limits:
    """What bounds the execution."""

    tokens: Mapping[str, int]
    timeout: float | None = None
    """Seconds per test that names none itself."""
    grace: float = 10.0
    """Seconds that tests have to end after an interrupt."""
    still_births: int = 3
    """Workers in a row that may die before they have run anything."""


class LocalExecutor:
    """Runs items in processes of this machine."""

    def __init__(self, nursery: Nursery, limits: Limits) -> None:
        self._nursery = nursery
        self._limits = limits
        self._lanes: dict[str, Lane] = {}
        self._gone: list[Lane] = []
        self._items: dict[int, PlannedItem] = {}
        self._backlog = Backlog([], {}, 1)
        self._stopping = False
        self._mean = (0, 0.0)
        self._stillborn = 0
        self.stopped_by = ""
        """What a worker said when it ended the session by itself."""
        self.until: float | None = None
        """When, on the monotonic clock, the time of everything is up."""
        self.expired = False
        """It was up before everything had run."""
        self.careful = False
        """Begin nothing after a failure: tests are given out one by one."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for lane in self._lanes.values():
            if kind is not None and lane.queue:
                lane.kill()
        self._nursery.end(list(self._lanes.values()))
        self._gone += self._lanes.values()
        self._lanes = {}

    def records(self) -> list[WorkerRecord]:
        """What every worker did, the dead included."""
        return [lane.record() for lane in [*self._gone, *self._lanes.values()]]

    def stop(self) -> None:
        """Begin nothing more; what is running is finished and reported."""
        self._stopping = True
        self._backlog.rest()

    def interrupt(self) -> Iterator[ExecutionEvent]:
        """Begin nothing more, and have what is running end as after Ctrl-C: fixtures are torn down."""
        self.stop()
        self.stopped_by = "interrupted"
        until = monotonic() + self._limits.grace
        for lane in self._lanes.values():
            if lane.queue:
                lane.interrupt()
        while any(lane.queue for lane in self._lanes.values()) and monotonic() < until:
            yield from self._listen()
        for lane in [lane for lane in self._lanes.values() if lane.queue]:
            lane.kill()
            yield from self._bury(lane)

    def signal_all(self, kill: bool) -> None:
        """Have every worker end: as after Ctrl-C, or at once. Another thread may ask for it."""
        for lane in list(self._lanes.values()):
            if kill:
                lane.kill()
            else:
                lane.interrupt()

    def execute(self, items: Sequence[PlannedItem]) -> Iterator[ExecutionEvent]:
        """Run the items in any order and say what happens."""
        numbers = self._nursery.numbers
        found = self._nursery.collected.items
        self._items = {numbers[item.node_id]: item for item in items}
        tasks = [
            Task(number, item.predicted, item.tokens, found[number].group, item.urgent)
            for number, item in self._items.items()
        ]
        workers = self._nursery.workers
        self._backlog = Backlog(units(tasks, workers), self._limits.tokens, workers)
        self._stopping = self.expired = False
        yield from self._populate()
        while True:
            yield from self._give()
            if not any(lane.queue for lane in self._lanes.values()):
                if not self._backlog:
                    return
                yield from self._populate()
            yield from self._listen()
            yield from self._watch()

    def _populate(self) -> Iterator[ExecutionEvent]:
        """Have as many workers as are wanted."""
        for name in self._nursery.vacant(self._lanes):
            lane = self._nursery.bear(name)
            self._lanes[name] = lane
            if lane.ready:
                yield WorkerStarted(name, lane.pid, time())

    def _give(self) -> Iterator[ExecutionEvent]:
        for lane in self._lanes.values():
            if lane.ready and (lane.idle or lane.asked):
                began = not lane.queue
                numbers = self._backlog.take(lane.name, self._usual(), self.careful)
                lane.give(numbers)
                if numbers and began:
                    yield TestStarted(self._items[numbers[0]].node_id, lane.name, time())

    def _usual(self) -> float | None:
        """What a test takes on average, once enough have run to say so."""
        tests, seconds = self._mean
        return seconds / tests if tests >= _ENOUGH else None

    def _listen(self) -> Iterator[ExecutionEvent]:
        wires = [lane.wire for lane in self._lanes.values()]
        extra = self._nursery.wires()
        ready, _, _ = select.select([*wires, *extra], [], [], self._patience())
        for wire in extra:
            if wire in ready:
                self._nursery.hear(wire)
        for lane in list(self._lanes.values()):
            if lane.wire in ready:
                for message in lane.wire.drain():
                    yield from self._take(lane, message)
                if lane.wire.closed:
                    yield from self._bury(lane)

    def _patience(self) -> float:
        deadlines = [deadline for lane in self._lanes.values() if (deadline := self._deadline(lane)) is not None]
        deadlines += [self.until] if self.until is not None else []
        return max(0.0, min([_TICK, *(deadline - monotonic() for deadline in deadlines)]))

    def _deadline(self, lane: Lane) -> float | None:
        if lane.at is None or lane.asked:
            return None
        seconds = self._items[lane.at].timeout or self._limits.timeout
        return lane.began + seconds if seconds else None

    def _watch(self) -> Iterator[ExecutionEvent]:
        now = monotonic()
        if self.until is not None and now >= self.until:
            self.expired = True
            self.stop()
            for lane in list(self._lanes.values()):
                if lane.queue:
                    yield from self._end_overdue(lane, "the time of its layer was up")
        for lane in list(self._lanes.values()):
            deadline = self._deadline(lane)
            if deadline is not None and now >= deadline:
                yield from self._end_overdue(lane, f"it ran for more than {deadline - lane.began:g} s")

    def _take(self, lane: Lane, message: Sequence[Any]) -> Iterator[ExecutionEvent]:
        name = message[0]
        if name == "result":
            yield from self._finished(lane, message[1], message[2])
        elif name == "pull":
            lane.asked = True
            if message[1] and self.careful:
                self.stop()
            if self._stopping:
                lane.give(())
        elif name == "ready":
            lane.ready, lane.idle, lane.pid = True, True, message[1]
            yield WorkerStarted(lane.name, lane.pid, time())
        elif name == "retry":
            _, number, fields, left = message
            yield TestRetried(self._result(lane, number, fields), left)
        elif name == "report":
            self._nursery.forward(message[1])
        elif name == "ended" and lane.host is not None:
            lane.host.note(tuple(message))
        elif name == "stop":
            self.stopped_by = message[1]
            self.stop()
            yield Notice(f"the run was told to stop: {message[1]}", warning=True)

    def _finished(self, lane: Lane, number: int, fields: Sequence[Any]) -> Iterator[ExecutionEvent]:
        result = self._result(lane, number, fields)
        tests, seconds = self._mean
        self._mean = tests + 1, seconds + result.duration
        self._stillborn = 0
        lane.done()
        yield TestFinished(result)
        if lane.at is not None:
            yield TestStarted(self._items[lane.at].node_id, lane.name, time())
        elif lane.idle:
            self._backlog.release(lane.name)

    def _result(self, lane: Lane, number: int, fields: Sequence[Any]) -> TestResult:
        outcome, phase, duration, start, attempts, assertions, message, text = fields
        item, found = self._items[number], self._nursery.collected.items[number]
        return TestResult(
            item.node_id, Outcome(outcome), phase, item.category, item.layer, duration, start, lane.name, attempts,
            assertions, message, text, found.path, found.line,
        )  # fmt: skip

    def _end_overdue(self, lane: Lane, why: str) -> Iterator[ExecutionEvent]:
        stack = lane.stack()
        lane.kill()
        yield from self._bury(lane, Outcome.TIMED_OUT, why, stack)

    def _bury(
        self, lane: Lane, outcome: Outcome = Outcome.CRASHED, why: str = "", text: str = ""
    ) -> Iterator[ExecutionEvent]:
        """A worker is gone: its test has a result all the same, and what it had not begun goes to another."""
        for message in lane.wire.drain() if not lane.wire.closed else ():
            yield from self._take(lane, message)
        lane.wire.close()
        status = self._nursery.status(lane)
        text = text or (lane.host.errors() if lane.host is not None else "")
        lane.died = why or told(status)
        del self._lanes[lane.name]
        self._gone.append(lane)
        self._backlog.release(lane.name)
        at = lane.at
        if at is None:
            self._stillborn += 1
        yield WorkerDied(lane.name, lane.died, time(), self._items[at].node_id if at is not None else "")
        if at is not None:
            yield TestFinished(self._lost(lane, at, outcome, why or self._told_of_death(status), text))
            rest = list(lane.queue)[1:]
            if not self._stopping:
                self._backlog.put_back(rest, {number: self._items[number].tokens for number in rest})
        if self._stillborn > self._limits.still_births:
            raise WorkersFailed(f"{self._stillborn} workers in a row died before running a test, the last: {lane.died}")
        if not self._stopping and self._backlog:
            yield from self._populate()

    def _told_of_death(self, status: int) -> str:
        if self.stopped_by:
            return f"it ended the whole session: {self.stopped_by}"
        ended = "the process was killed by" if status < 0 else "the process ended with"
        return f"{ended} {told(status)} in the middle of the test"

    def _lost(self, lane: Lane, number: int, outcome: Outcome, why: str, text: str) -> TestResult:
        result = self._result(lane, number, (outcome, "call", monotonic() - lane.began, 0.0, 1, None, why, text))
        return replace(result, start=time() - result.duration)


class WorkersFailed(Exception):
    """No worker can be kept alive."""
