"""The way of one instance to one store: it can be slow, silent, or cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, quote, urlsplit

Address = str | tuple[str, int]
"""A Unix socket, or a host and its port."""


class Proxy:
    """Passes bytes on in both directions, as long as it is let."""

    def __init__(self, upstream: Address) -> None:
        self._upstream = upstream
        self._passing = asyncio.Event()
        self._passing.set()
        self._links: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._cut = False
        self.delay = 0.0
        self.port = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Proxy]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield self
            self.cut()
            await asyncio.gather(*self._links, return_exceptions=True)

    def hold(self) -> None:
        """Swallow what is said until it is mended, as a network does that is split: nobody is told."""
        self._passing.clear()

    def cut(self) -> None:
        """Break every connection, and refuse new ones until it is mended."""
        self._cut = True
        for task, writer in self._links.items():
            writer.transport.abort()
            task.cancel()

    def mend(self) -> None:
        """Pass everything on again, what was held first."""
        self._cut, self.delay = False, 0.0
        self._passing.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links[task] = writer
        try:
            if not self._cut:
                await self._passing.wait()
                await self._link(reader, writer)
        except (OSError, ExceptionGroup, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            del self._links[task]

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if isinstance(self._upstream, str):
            theirs, to_them = await asyncio.open_unix_connection(self._upstream)
        else:
            theirs, to_them = await asyncio.open_connection(*self._upstream)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass_on(reader, to_them))
                both.create_task(self._pass_on(theirs, writer))
        finally:
            to_them.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            await self._passing.wait()
            if self.delay:
                await asyncio.sleep(self.delay)
            writer.write(chunk)
            await writer.drain()
        raise ConnectionResetError


def postgres_proxy(url: str) -> Proxy:
    """A proxy for the server of this URL."""
    parts = urlsplit(url)
    host = parse_qs(parts.query).get("host", [parts.hostname or "127.0.0.1"])[0]
    port = parts.port or 5432
    return Proxy(f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port))


def postgres_url(url: str, proxy: Proxy) -> str:
    """The same database, by way of the proxy."""
    parts = urlsplit(url)
    user = parts.netloc.rpartition("@")[0] or "postgres"
    return f"postgresql://{user}@127.0.0.1:{proxy.port}/{quote(parts.path[1:])}"


def redis_proxy(url: str) -> Proxy:
    """A proxy for the server of this URL."""
    parts = urlsplit(url)
    return Proxy(parts.path if parts.scheme == "unix" else (parts.hostname or "127.0.0.1", parts.port or 6379))


def redis_url(url: str, proxy: Proxy) -> str:
    """The same server, by way of the proxy."""
    password = urlsplit(url).password
    user = f":{password}@" if password else ""
    return f"redis://{user}127.0.0.1:{proxy.port}/0"
