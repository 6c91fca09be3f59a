"""The load: everybody connected, questions on schedule, each run judged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from goldenpath.probe.gaze import Gaze
from goldenpath.probe.latency import Latencies
from goldenpath.probe.ledger import Ledger
from goldenpath.probe.people import Person
from goldenpath.probe.run import Outcome, Run
from goldenpath.probe.scenario import WEBSOCKET
from goldenpath.probe.schedule import offer, offsets
from goldenpath.probe.session import NotOpened, Place, Session

AT_ONCE: Final = 50
"""So many handshakes are under way at a time: a server's listen queue is finite."""
LOOKED_AT: Final = 500
"""After so many frames a conversation is searched for marks, so that memory does not grow with the duration."""


@dataclass(slots=True)
class Traffic:
    """What went over the lines of one process, or of all."""

    connections: int = 0
    offered: int = 0
    ended: int = 0
    events: int = 0
    begun: float = 0.0
    """Wall clock: processes can be compared by it."""
    over: float = 0.0
    late_by: float = 0.0
    """How late this process was at worst with a question: what it measured includes that."""
    latencies: Latencies = field(default_factory=Latencies)
    seers: dict[str, set[str]] = field(default_factory=dict)
    own_marks: int = 0

    @property
    def seconds(self) -> float:
        """From the first question that was due to the last event."""
        return max(self.over - self.begun, 0.0)

    def rate(self, count: int) -> float:
        """So many a second."""
        return count / self.seconds if self.seconds else 0.0

    def add(self, other: Traffic) -> None:
        """Take in another process."""
        for name in ("connections", "offered", "ended", "events", "own_marks"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.begun = min(filter(None, (self.begun, other.begun)), default=0.0)
        self.over = max(self.over, other.over)
        self.late_by = max(self.late_by, other.late_by)
        self.latencies.add(other.latencies)
        for run, names in other.seers.items():
            self.seers.setdefault(run, set()).update(names)


class Crowd:
    """The users of one process."""

    def __init__(self, place: Place, people: Sequence[Person], gaze: Gaze, traffic: Traffic) -> None:
        self._place = place
        self._people = people
        self._gaze = gaze
        self.traffic = traffic
        self._sessions: list[Session] = []
        self._queues: list[asyncio.Queue[tuple[int, float] | None]] = []

    async def carry(self, seed: str) -> None:
        """Connect everybody, ask on schedule, leave, and judge all that was heard, however it came to an end."""
        try:
            await self._connect()
            if self._sessions:
                await self._ask(seed)
        finally:
            await asyncio.gather(*(session.close() for session in self._sessions))
            for session in self._sessions:
                self._judge(session)

    async def _connect(self) -> None:
        gate, ledger = asyncio.Semaphore(AT_ONCE), self._place.ledger
        socket = self._place.scenario.transport == WEBSOCKET

        async def connect(person: Person) -> Session | None:
            session = Session(self._place, person, self.traffic.latencies)
            async with gate:
                try:
                    await session.open()
                except NotOpened as failure:
                    ledger.broke("PB103" if socket else "PB202", str(failure), person.name)
                    await session.close()
                    return None
            if socket:
                ledger.held("PB103")
            return session

        opened = await asyncio.gather(*(connect(person) for person in self._people))
        self._sessions = [session for session in opened if session is not None]
        self.traffic.connections = len(self._sessions)

    async def _ask(self, seed: str) -> None:
        load, loop = self._place.scenario.load, asyncio.get_running_loop()
        self._queues = [asyncio.Queue() for _ in self._sessions]
        workers = [
            loop.create_task(self._work(session, queue))
            for session, queue in zip(self._sessions, self._queues, strict=True)
        ]
        self.traffic.begun = time.time()
        try:
            await offer(offsets(load, seed), self._hand_over)
            for queue in self._queues:
                queue.put_nowait(None)
            await asyncio.wait(workers, timeout=self._place.scenario.limits.answer_seconds)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            self.traffic.over = time.time()
        waiting = [item for queue in self._queues for item in _left(queue)]
        for number, _ in waiting:
            message = f"question {number + 1} could not be asked: those before it took too long"
            self._place.ledger.broke("PB202", message)

    def _hand_over(self, number: int, due: float) -> None:
        self.traffic.late_by = max(self.traffic.late_by, asyncio.get_running_loop().time() - due)
        self.traffic.offered += 1
        self._queues[number % len(self._queues)].put_nowait((number, due))

    async def _work(self, session: Session, queue: asyncio.Queue[tuple[int, float] | None]) -> None:
        """Ask what is due, one question at a time: one that waits its turn has waited since it was due."""
        while (item := await queue.get()) is not None:
            number, due = item
            await session.ask(due, number)
            if len(session.frames) >= LOOKED_AT:
                self._gaze.frames(session, f"the socket of {session.person.name}")

    def _judge(self, session: Session) -> None:
        judge_runs_of(session, self._place.ledger)
        self.traffic.events += session.events
        self.traffic.ended += sum(run.outcome is Outcome.ENDED for run in session.asked)
        for run in session.seen_runs:
            self.traffic.seers.setdefault(run, set()).add(session.person.canary.tenant)
        self._gaze.frames(session, f"the socket of {session.person.name}")


def judge_runs_of(session: Session, ledger: Ledger) -> None:
    """Whether each question was answered, and each run kept the contract."""
    for run in session.asked:
        if run.outcome is None:
            run.settle(Outcome.LATE, "it had not ended when the probe did")
        ledger.judge("PB202", run.outcome is Outcome.ENDED, run.detail, session.person.name)
        judge_contract(run, session.person.name, ledger)


def judge_contract(run: Run, who: str, ledger: Ledger, spared: Iterable[str] = ()) -> None:
    """Whether what came of a run keeps the contract; that it is not whole is another matter."""
    if not run.types:
        return
    whole = run.outcome in {Outcome.ENDED, Outcome.FAILED}
    report = run.checker.finish() if whole else run.checker.report()
    errors = [violation for violation in report.errors if violation.rule not in set(spared)]
    if errors:
        ledger.broke("PB201", str(errors[0]), who, errors[0].diff())
    elif whole:
        ledger.held("PB201")


def _left(queue: asyncio.Queue[tuple[int, float] | None]) -> list[tuple[int, float]]:
    items = []
    while not queue.empty():
        item = queue.get_nowait()
        if item is not None:
            items.append(item)
    return items
