"""Instances as processes behind proxies of their own, and the faults done to them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from _chaos.faults import Blow, Fault
from _chaos.proxy import Proxy, postgres_proxy, postgres_url, redis_proxy, redis_url

ATTEMPTS = 5
SETTLED = 5.0
"""Seconds after which a process that was told to stop is killed."""


class Losable(Protocol):
    """A client's socket, as a cable that can be pulled."""

    def abort(self) -> None:
        """Break it."""


@dataclass(kw_only=True, eq=False)
class Server:
    """One place where a server runs; processes come and go in it."""

    number: int
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    url: str = ""
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Run until it serves."""
        with self.log.open("ab") as stderr:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, *self.command),
                env={**os.environ, **self.env},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
            )
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"instance {self.number} did not start: {self.log.read_text()[-2000:]}")
        self.url = json.loads(line)["url"]

    def tell(self, number: int) -> None:
        """Tell its process, if it lives."""
        if self.process is not None and self.process.returncode is None:
            self.process.send_signal(number)

    async def end(self, number: int = signal.SIGTERM) -> None:
        """End its process, kindly or not."""
        if self.process is None:
            return
        self.tell(signal.SIGCONT)
        self.tell(number)
        try:
            await asyncio.wait_for(self.process.wait(), SETTLED)
        except TimeoutError:
            self.tell(signal.SIGKILL)
            await self.process.wait()
        assert self.process.stdin is not None
        self.process.stdin.close()

    def command_line(self, line: str) -> None:
        """Give its process a command, if it lives."""
        assert self.process is not None
        assert self.process.stdin is not None
        if self.process.returncode is None:
            self.process.stdin.write(f"{line}\n".encode())


@dataclass(kw_only=True, eq=False)
class Instance(Server):
    """A server whose way to each store can be disturbed, and whose clients can be lost."""

    postgres: Proxy
    redis: Proxy
    busy: asyncio.Lock = field(default_factory=asyncio.Lock)
    clients: set[Losable] = field(default_factory=set)


Killed = Callable[[Instance], Awaitable[None]]
"""Told of an instance right after its death, before the next is started."""
Started = Callable[[Instance], Awaitable[None]]


class Fleet:
    """All instances, and what has been done to them."""

    def __init__(self, instances: Sequence[Instance], killed: Killed, started: Started) -> None:
        self.instances = instances
        self.done: Counter[Fault] = Counter()
        self._killed = killed
        self._started = started

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        count: int,
        command: Sequence[str],
        stores: tuple[str, str],
        folder: Path,
        killed: Killed,
        started: Started,
        **settings: str,
    ) -> AsyncIterator[Fleet]:
        """Start so many on these stores, PostgreSQL's and Redis' URL, each with a way of its own to both."""
        async with AsyncExitStack() as stack:
            instances = []
            for number in range(count):
                postgres = await stack.enter_async_context(postgres_proxy(stores[0]).listening())
                redis = await stack.enter_async_context(redis_proxy(stores[1]).listening())
                env = {
                    "AGENT_BACKEND_DATABASE_URL": postgres_url(stores[0], postgres),
                    "AGENT_BACKEND_REDIS_URL": redis_url(stores[1], redis),
                    **settings,
                }
                log = folder / f"instance-{number}.log"
                instances.append(
                    Instance(number=number, command=command, env=env, log=log, postgres=postgres, redis=redis)
                )
            fleet = cls(instances, killed, started)
            for instance in instances:
                stack.push_async_callback(instance.end, signal.SIGKILL)
            await asyncio.gather(*(fleet._start(instance) for instance in instances))
            yield fleet

    async def suffer(self, blow: Blow) -> None:
        """Let one instance have it, and mend what passes."""
        instance = self.instances[blow.instance]
        async with instance.busy:
            await self._do(instance, blow)
            self.done[blow.fault] += 1

    async def _do(self, instance: Instance, blow: Blow) -> None:
        match blow.fault:
            case Fault.KILL:
                await instance.end(signal.SIGKILL)
                await self._killed(instance)
                await self._start(instance)
            case Fault.RESTART:
                await instance.end(signal.SIGTERM)
                await self._start(instance)
            case Fault.PAUSE:
                instance.tell(signal.SIGSTOP)
                await asyncio.sleep(blow.seconds)
                instance.tell(signal.SIGCONT)
            case Fault.CLOCK:
                instance.command_line(f"clock {blow.size}")
                await asyncio.sleep(blow.seconds)
                instance.command_line("clock 0")
            case Fault.LOSE_CLIENTS:
                for client in tuple(instance.clients):
                    client.abort()
            case _:
                await self._disturb(instance, blow)

    async def _disturb(self, instance: Instance, blow: Blow) -> None:
        """What happens on the way to the stores: its name says what, and to which."""
        what, _, where = blow.fault.partition("_")
        ways = {"postgres": [instance.postgres], "redis": [instance.redis]}
        proxies = ways.get(where, [instance.postgres, instance.redis])
        for proxy in proxies:
            match what:
                case "hold":
                    proxy.hold()
                case "cut":
                    proxy.cut()
                case _:
                    proxy.delay = blow.size
        await asyncio.sleep(blow.seconds)
        for proxy in proxies:
            proxy.mend()

    async def _start(self, instance: Instance) -> None:
        """As a supervisor does: a process that cannot reach its stores in time gets a successor."""
        for attempt in range(ATTEMPTS):
            try:
                await instance.start()
                break
            except RuntimeError:
                if attempt + 1 == ATTEMPTS:
                    raise
        await self._started(instance)
