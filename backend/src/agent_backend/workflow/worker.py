"""Takes runs out of the queue and has them worked on, on this instance, for as long as it lives."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from agent_backend.context import Clock, wanted
from agent_backend.execution import ExecutionEngines, FaultPoint, Faults, NoFaults, Workflow
from agent_backend.storage import QueuedRun, RunLog, RunQueue, StoreUnavailable, WorkerForgotten

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WorkerRules:
    """How much to do at once, and how fast the death of a worker is noticed: `silent` plus one `beat` at the latest."""

    at_once: int = 64
    fetching: int = 4
    """How many look into the queue side by side: a burst of questions must not wait for one after the other."""
    beat: timedelta = timedelta(seconds=1)
    silent: timedelta = timedelta(seconds=4)
    poll: timedelta = timedelta(seconds=1)
    """The queue is looked into so often even without a word from it."""
    retry: timedelta = timedelta(seconds=0.5)


class RunWorker:
    """One instance's hands."""

    def __init__(
        self,
        queue: RunQueue,
        log: RunLog,
        engines: ExecutionEngines,
        workflow: Workflow,
        clock: Clock,
        name: str,
        rules: WorkerRules | None = None,
        faults: Faults | None = None,
    ) -> None:
        self._queue = queue
        self._log = log
        self._engines = engines
        self._workflow = workflow
        self._clock = clock
        self._name = name
        self._rules = rules or WorkerRules()
        self._faults = faults or NoFaults()
        self._slots = asyncio.Semaphore(self._rules.at_once)
        self._fetching: set[asyncio.Task[None]] = set()
        self._working: set[asyncio.Task[None]] = set()
        self._unreturned: list[QueuedRun] = []
        self._again = False
        self._worker: int | None = None

    @property
    def running(self) -> int:
        """How many runs are worked on here."""
        return len(self._working)

    async def run(self) -> None:
        """Work until cancelled; then let go of every run, so that another instance goes on with it."""
        try:
            while True:
                try:
                    await self._serve()
                except* (StoreUnavailable, WorkerForgotten) as lost:
                    logger.warning("the queue was lost: %s", lost.exceptions[0])
                await asyncio.sleep(self._rules.retry.total_seconds())
        finally:
            await self._let_go()

    async def _serve(self) -> None:
        self._worker = await self._queue.register()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._queue.listen(self._look))
            group.create_task(self._beat(self._worker))
            group.create_task(self._poll())

    async def _beat(self, worker: int) -> None:
        """Live, notice who does not, and give back what could not be given back before."""
        while wanted():
            await self._queue.beat(worker)
            if rescued := await self._queue.rescue(self._rules.silent):
                logger.warning("%d runs are taken over from instances that went silent", rescued)
            while self._unreturned:
                await self._queue.put_back(self._unreturned[-1], worker, self._rules.retry)
                self._unreturned.pop()
            await asyncio.sleep(self._rules.beat.total_seconds())

    async def _poll(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(self._rules.poll.total_seconds())

    def _look(self) -> None:
        """There may be something in the queue: word of it must not be lost while somebody looks."""
        self._again = True
        if len(self._fetching) < self._rules.fetching and self._worker is not None:
            task = asyncio.create_task(self._fetch(self._worker))
            self._fetching.add(task)
            task.add_done_callback(self._fetching.discard)

    async def _fetch(self, worker: int) -> None:
        """Take runs out until there is none left."""
        while True:
            await self._slots.acquire()
            self._again, queued = False, None
            try:
                queued = await self._queue.fetch(worker)
            except StoreUnavailable as error:
                logger.warning("the queue could not be read: %s", error)
                return
            finally:
                if queued is None:
                    self._slots.release()
            if queued is not None:
                self._start(queued, worker)
            elif not self._again:
                return

    def _start(self, queued: QueuedRun, worker: int) -> None:
        task = asyncio.create_task(self._work(queued, worker), name=queued.run_id)
        self._working.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A thread has come free, of which the queue says nothing."""
        self._working.discard(task)
        self._slots.release()
        if not task.cancelled():
            self._look()

    async def _work(self, queued: QueuedRun, worker: int) -> None:
        try:
            await self._faults.reached(FaultPoint.FETCHED)
            claim = await self._log.claim(queued.tenant_id, queued.run_id, self._name, self._clock.now())
            if claim is not None:
                report = await self._engines.execute(claim, self._workflow)
                if report.state is None:
                    await self._queue.put_back(queued, worker, self._rules.retry)
                    return
                await self._faults.reached(FaultPoint.ENDED)
            await self._queue.finish(queued)
        except StoreUnavailable as error:
            logger.warning("%s will be given back when the store is there again: %s", queued.run_id, error)
            self._unreturned.append(queued)
        except asyncio.CancelledError:
            await self._queue.put_back(queued, worker)
            raise
        except Exception:
            logger.exception("%s could not be worked on", queued.run_id)
            await self._queue.put_back(queued, worker, self._rules.retry)

    async def _let_go(self) -> None:
        for task in (*self._fetching, *self._working):
            task.cancel()
        if tasks := [*self._fetching, *self._working]:
            await asyncio.wait(tasks)
        if self._worker is not None:
            try:
                await self._queue.unregister(self._worker)
            except StoreUnavailable as error:
                logger.warning("the queue was not told that this worker leaves: %s", error)
