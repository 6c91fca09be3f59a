"""The queue of runs: procrastinate's tables, locks and heartbeats, for workers of our own.

procrastinate's `Worker` forgets a notification that arrives while it looks for a job, and then waits for its next poll;
and it is not woken when a lock comes free. A question would sometimes wait for seconds, so the loop is ours
(`RunWorker`) and only the `JobManager` is used.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import psycopg
from procrastinate import PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from psycopg_pool import AsyncConnectionPool

from agent_backend.storage.database import PATIENCE, Connection, as_role
from agent_backend.storage.queue_schema import QUEUE_SCHEMA
from agent_backend.storage.stores import StoreUnavailable

QUEUE_ROLE: Final = "agent_backend_queue"
QUEUE: Final = "runs"
AGAIN: Final = 0.1
"""Seconds after which a task that has not ended is cancelled again."""


# procrastinate's own heartbeat does not say whether there was still somebody to beat for.
_BEAT: Final = """
SELECT EXISTS (SELECT FROM procrastinate_workers WHERE id = %s) FROM procrastinate_update_heartbeat_v1(%s)
"""


class WorkerForgotten(Exception):
    """This worker was taken for dead, while it was paused or cut off: it has to register again."""


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """A run that one worker has taken out of the queue, and the job by which it gives it back."""

    job_id: int
    tenant_id: str
    run_id: str


class RunQueue:
    """Hands out runs, one per thread at a time, and takes back those of workers that died."""

    def __init__(self, pool: AsyncConnectionPool[Connection], jobs: JobManager) -> None:
        self._pool = pool
        self._jobs = jobs

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, *, max_size: int = 4) -> AsyncIterator[RunQueue]:
        """Connect as the role that sees the queue and nothing else."""
        pool = AsyncConnectionPool[Connection](
            url,
            kwargs=as_role(url, QUEUE_ROLE, f"-c search_path={QUEUE_SCHEMA}"),
            configure=_autocommit,
            min_size=1,
            max_size=max_size,
            timeout=PATIENCE,
            open=False,
        )
        try:
            await pool.open(wait=True, timeout=PATIENCE)
            connector = PsycopgConnector()
            await connector.open_async(pool)
            yield cls(pool, JobManager(connector))
        finally:
            await pool.close()

    async def register(self) -> int:
        """Become a worker whose silence will be noticed."""
        async with _named_errors():
            return await self._jobs.register_worker()

    async def unregister(self, worker: int) -> None:
        """Leave: what this worker still holds is free for others at once."""
        async with _named_errors():
            await self._jobs.unregister_worker(worker)

    async def beat(self, worker: int) -> None:
        """Give a sign of life; raises WorkerForgotten when it comes too late."""
        if not await self._execute(_BEAT, worker, worker):
            raise WorkerForgotten(f"worker {worker} was silent for too long; its runs are given to others")

    async def fetch(self, worker: int) -> QueuedRun | None:
        """The next run whose thread is free, if there is one; it is this worker's until it is finished or put back."""
        async with _named_errors():
            job = await self._jobs.fetch_job(queues=[QUEUE], worker_id=worker)
        if job is None or job.id is None:
            return None
        return QueuedRun(job.id, str(job.task_kwargs["tenant_id"]), str(job.task_kwargs["run_id"]))

    async def finish(self, queued: QueuedRun) -> None:
        """The run has ended; another worker may have said so first."""
        async with _named_errors():
            try:
                await self._jobs.finish_job_by_id_async(queued.job_id, Status.SUCCEEDED, delete_job=True)
            except ConnectorException as error:
                if not isinstance(error.__cause__, psycopg.errors.RaiseException):
                    raise

    async def put_back(self, queued: QueuedRun, worker: int, after: timedelta = timedelta(0)) -> None:
        """Let another worker go on with the run, at once or after a while; nothing happens when one has it already."""
        await self._execute("SELECT requeue_run(%s, %s, %s)", queued.job_id, worker, after)

    async def rescue(self, silent: timedelta) -> int:
        """Put back the runs of workers that have given no sign of life for so long; return how many."""
        return int(await self._execute("SELECT rescue_runs(%s)", silent))

    async def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever a run is put into the queue, until cancelled.

        The driver waits with a time limit. When that is over just as the task is cancelled, as happens to a process
        that was paused, `wait_for` of Python 3.11 can lose the cancellation: so it is repeated until all has ended.
        """

        async def notified(**_: object) -> None:
            wake()

        listening = asyncio.ensure_future(self._jobs.listen_for_jobs(on_notification=notified, queues=[QUEUE]))
        try:
            await asyncio.wait([listening])
        finally:
            while not listening.done():
                listening.cancel()
                await asyncio.wait([listening], timeout=AGAIN)
        async with _named_errors():
            await listening

    async def _execute(self, statement: Any, *values: object) -> Any:
        async with _named_errors(), self._pool.connection() as connection:
            row = await (await connection.execute(statement, values)).fetchone()
            return None if row is None else row[0]


async def _autocommit(connection: Connection) -> None:
    await connection.set_autocommit(True)


@asynccontextmanager
async def _named_errors() -> AsyncIterator[None]:
    try:
        yield
    except (ConnectorException, psycopg.OperationalError) as error:
        raise StoreUnavailable("PostgreSQL", f"the queue of runs: {error.__cause__ or error}") from error
