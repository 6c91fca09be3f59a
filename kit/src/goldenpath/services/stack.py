"""A stack: the services a test needs, started in order, gone when it is left."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Self

from goldenpath.services import embedded, graph, places
from goldenpath.services.errors import ServiceError
from goldenpath.services.handle import ServiceHandle
from goldenpath.services.keeper import Keeper
from goldenpath.services.service import Service
from goldenpath.services.site import Site


class ServiceStack(Mapping[str, ServiceHandle]):
    """The services a test needs: `with ServiceStack("postgres", "redis") as stack: stack["postgres"].url`.

    Works as a context manager, sync and async, and as a read-only mapping from names to handles.
    """

    def __init__(
        self, *services: str | Service, provider: str = "auto", environ: Mapping[str, str] | None = None
    ) -> None:
        self.services = graph.resolve(services)
        self._waves = graph.levels(self.services)
        self._provider = provider
        self._environ = dict(os.environ if environ is None else environ)
        self._handles: dict[str, ServiceHandle] = {}
        self._keeper: Keeper | None = None

    def start(self) -> Self:
        """Start every service after those it needs; when one fails, none stays."""
        if self._keeper is not None:
            raise ServiceError("this stack is already started")
        root = places.safe_root(places.roots(self._environ)[0])
        self._keeper = Keeper.start(root, secrets.token_hex(4))
        try:
            for wave in self._waves:
                self._start_wave(wave, self._keeper)
        except BaseException:
            self.stop()
            raise
        return self

    def _start_wave(self, wave: list[Service], keeper: Keeper) -> None:
        site = Site(keeper, self._environ, self._handles)
        started = [ServiceHandle(service, "embedded", "asked for", embedded.launch(service, site)) for service in wave]
        for handle in started:
            handle.wait_until_ready()
            self._handles[handle.name] = handle

    def stop(self) -> None:
        """Give the stack up and return at once; its keeper clears up by itself. Stopping twice is no error."""
        if self._keeper is not None:
            self._keeper.leave()
        self._keeper = None
        self._handles.clear()

    def graceful_shutdown(self) -> None:
        """Stop every service in reverse order and return when nothing of the stack is left."""
        self._end(force=False)

    def force_shutdown(self) -> None:
        """Kill every service at once and return when nothing of the stack is left."""
        self._end(force=True)

    def _end(self, *, force: bool) -> None:
        if self._keeper is not None:
            self._keeper.stop(force=force)
        self.stop()

    def __getitem__(self, name: str) -> ServiceHandle:
        try:
            return self._handles[name]
        except KeyError:
            state = "is not started" if name in self.services else "is not in this stack"
            raise KeyError(f"service {name!r} {state}; this stack has {', '.join(self.services)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._handles)

    def __len__(self) -> int:
        return len(self._handles)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        starting = asyncio.ensure_future(asyncio.to_thread(self.start))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.wait([starting])
            self.stop()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
