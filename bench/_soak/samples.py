"""What an instance holds at a moment, as the system and the stores see it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import psycopg
import redis
from _chaos.fleet import Instance

_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@dataclass(frozen=True, slots=True)
class Sample:
    """All of it once."""

    memory_mib: float
    """PSS: its own pages, and its share of those it shares."""
    sockets: float
    files: float
    threads: float
    tasks: float
    postgres_connections: float
    redis_connections: float


NAMES = tuple(Sample.__dataclass_fields__)


class Sampler:
    """Looks at one instance from outside, but for the tasks, which it has to be asked for."""

    def __init__(self, instance: Instance, database: psycopg.Connection, store: redis.Redis) -> None:
        assert instance.process is not None
        self._instance = instance
        self._process = psutil.Process(instance.process.pid)
        self._database = database
        self._store = store

    async def take(self) -> Sample:
        tasks = await self._tasks()
        return await asyncio.to_thread(self._look, tasks)

    async def _tasks(self) -> int:
        self._instance.command_line("tasks")
        assert self._instance.process is not None
        assert self._instance.process.stdout is not None
        return int(json.loads(await self._instance.process.stdout.readline())["tasks"])

    def _look(self, tasks: int) -> Sample:
        [(connections,)] = self._database.execute(_CONNECTIONS).fetchall()
        return Sample(
            memory_mib=self._pss() / 1024,
            sockets=len(self._process.net_connections("inet")),
            files=self._process.num_fds(),
            threads=self._process.num_threads(),
            tasks=tasks,
            postgres_connections=connections,
            redis_connections=len(self._store.client_list()) - 1,
        )

    def _pss(self) -> int:
        text = Path(f"/proc/{self._process.pid}/smaps_rollup").read_text()
        return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def column(samples: list[Sample], name: str) -> list[float]:
    return [asdict(sample)[name] for sample in samples]
