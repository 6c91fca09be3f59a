"""A stack: the services a test needs, started in order, gone when it is left."""

from __future__ import annotations

import logging
import math
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from goldenpath.environment import get_env
from goldenpath.services import graph, places, reaper, shared
from goldenpath.services import provider as providers
from goldenpath.services.errors import DefinitionError, ServiceError
from goldenpath.services.handle import ServiceHandle
from goldenpath.services.health import HealthReport
from goldenpath.services.keeper import Keeper
from goldenpath.services.reaper import Orphan
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site

log = logging.getLogger(__name__)


class ServiceStack(Mapping[str, ServiceHandle]):
    """The services a test needs: `with ServiceStack("postgres", "redis") as stack: stack["postgres"].url`.

    A context manager, sync and async, and a read-only mapping from names to handles. With `shared` (True, or a name)
    the processes that ask for the same services get the same ones: the first starts them, the last one out ends them,
    and `keep_warm` says for how many seconds they stay after that (math.inf: until `goldenpath services down`).
    """

    def __init__(
        self,
        *services: str | Service,
        provider: str = providers.AUTO,
        shared: bool | str = False,
        keep_warm: float = 0.0,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.services = graph.resolve(services)
        self._waves = graph.levels(self.services)
        self._provider = provider
        self._shared = "default" if shared is True else shared
        self._keep_warm = keep_warm
        self._environ = get_env().subprocess_env() if environ is None else environ
        self._handles: dict[str, ServiceHandle] = {}
        self._keeper: Keeper | None = None
        if keep_warm and not shared:
            raise DefinitionError("keep_warm= is for shared stacks: nobody could join this one; add shared=True")

    @property
    def directory(self) -> Path:
        """Where the stack's files are while it runs."""
        return self._kept().directory

    def start(self) -> Self:
        """Start every service after those it needs, or join those that run; when one fails, none stays."""
        if self._keeper is not None:
            raise ServiceError("this stack is already started")
        choices = {
            name: providers.choose(service, self._provider, self._environ) for name, service in self.services.items()
        }
        root = places.root(self._environ)
        reaper.reap_root(root)
        if not self._shared:
            self._begin(Keeper.start(root, secrets.token_hex(4), self._environ), choices)
            return self
        key = shared.key(self._shared, self.services, self._provider)
        with shared.entered(root, places.cache(self._environ), key) as keeper:
            if keeper is not None:
                self._join(keeper, choices)
            else:
                address = shared.address(root, key)
                self._begin(Keeper.start(root, secrets.token_hex(4), self._environ, address=address), choices)
                self.stay(self._keep_warm)
        return self

    def _begin(self, keeper: Keeper, choices: Mapping[str, providers.Choice]) -> None:
        self._keeper = keeper
        try:
            for wave in self._waves:
                self._start_wave(wave, keeper, choices)
            keeper.record(self._record())
        except BaseException:
            self.force_shutdown()
            raise

    def _start_wave(self, wave: list[Service], keeper: Keeper, choices: Mapping[str, providers.Choice]) -> None:
        site = Site(keeper, self._environ, self._handles)
        for service in wave:
            choice = choices[service.name]
            log.info("%s: %s, because %s", service.name, choice.provider, choice.reason)
            runtime = providers.load(choice.provider).launch(service, site)
            self._handles[service.name] = ServiceHandle(service, choice, runtime)
        for service in wave:
            self._handles[service.name].wait_until_ready()

    def _join(self, keeper: Keeper, choices: Mapping[str, providers.Choice]) -> None:
        self._keeper = keeper
        record = shared.read_record(keeper.directory) or {}
        site = Site(keeper, self._environ, self._handles)
        try:
            for name, service in self.services.items():
                noted = record["services"][name]
                choice = providers.Choice(noted["provider"], f"{noted['reason']} (joined)")
                endpoint = Endpoint.from_record(noted["endpoint"])
                handle = ServiceHandle(service, choice, providers.load(choice.provider).adopt(service, site, endpoint))
                self._handles[name] = handle
                if handle.health().state == "dead":
                    handle.restart()
        except BaseException:
            self.stop()
            raise

    def _record(self) -> dict[str, Any]:
        services = {
            name: {
                "kind": handle.service.kind,
                "provider": handle.provider,
                "reason": handle.reason,
                "endpoint": handle.runtime.endpoint.as_record(),
            }
            for name, handle in self._handles.items()
        }
        keeper = self._kept()
        return {
            "format": shared.RECORD_FORMAT,
            "name": self._shared or None,
            "keeper": keeper.pid,
            "owner": os.getpid(),
            "services": services,
        }

    def _kept(self) -> Keeper:
        if self._keeper is None:
            raise ServiceError("this stack is not started; use it as `with ServiceStack(...) as stack:`")
        return self._keeper

    def stop(self) -> None:
        """Give the stack up and return at once; its keeper clears up by itself. Stopping twice is no error."""
        keeper, self._keeper = self._keeper, None
        handles, self._handles = self._handles, {}
        for handle in handles.values():
            handle.runtime.leave()
        if keeper is not None:
            keeper.leave()

    def stay(self, seconds: float = math.inf) -> None:
        """From now on a shared stack outlives its last user by so much; math.inf: until `goldenpath services down`."""
        if not self._shared:
            raise ServiceError("only a shared stack can stay: nobody could join or end this one; add shared=True")
        self._kept().linger(None if math.isinf(seconds) else seconds)

    def graceful_shutdown(self) -> None:
        """Stop every service in reverse order, for all who share it, and return when nothing of the stack is left."""
        self._end(force=False)

    def force_shutdown(self) -> None:
        """Kill every service at once, for all who share it, and return when nothing of the stack is left."""
        self._end(force=True)

    def _end(self, *, force: bool) -> None:
        try:
            if self._keeper is not None:
                self._keeper.stop(force=force)
        finally:
            self.stop()

    def cleanup_orphans(self) -> list[Orphan]:
        """Clear up what stacks of this user left behind whose keeper was killed; the living are not touched."""
        return reaper.reap(self._environ)

    def get_health_report(self) -> HealthReport:
        """Ask every service now: how it is, who runs it and why, and what the sick ones wrote last."""
        self._kept()
        return HealthReport(
            self._shared or self.directory.name, {name: handle.report() for name, handle in self._handles.items()}
        )

    def check(self) -> None:
        """Raise DeadError, with its log, if any service does not answer."""
        for handle in self._handles.values():
            handle.check()

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
        import asyncio

        starting = asyncio.ensure_future(asyncio.to_thread(self.start))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.gather(starting, return_exceptions=True)
            self.stop()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
