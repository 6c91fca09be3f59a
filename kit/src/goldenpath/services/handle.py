"""The handle of a running service: the same from every provider."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from goldenpath.services import clients
from goldenpath.services.errors import DeadError, StartError
from goldenpath.services.health import Health, ServiceReport
from goldenpath.services.provider import Choice
from goldenpath.services.ready import NotReady
from goldenpath.services.runtime import Runtime
from goldenpath.services.service import Service
from goldenpath.services.urls import masked

PAUSE: Final = 0.002
LINES_IN_REPORTS: Final = 20


class ServiceHandle:
    """A running service: where it is, how it is, and what it wrote."""

    def __init__(self, service: Service, choice: Choice, runtime: Runtime) -> None:
        self.service = service
        self.provider = choice.provider
        self.reason = choice.reason
        self.runtime = runtime

    @property
    def name(self) -> str:
        """Its name in the stack."""
        return self.service.name

    @property
    def url(self) -> str:
        """Where clients connect; empty for a command that listens nowhere."""
        return self.runtime.endpoint.url

    @property
    def host(self) -> str:
        """The host name, or the directory of the Unix socket where drivers take that for a host."""
        return self.runtime.endpoint.host

    @property
    def port(self) -> int | None:
        """The port; None when there is only a Unix socket without a number."""
        return self.runtime.endpoint.port

    @property
    def socket(self) -> Path | None:
        """The Unix socket, if it has one."""
        return self.runtime.endpoint.socket

    @property
    def admin_url(self) -> str | None:
        """Where databases may be created and dropped, for a database server."""
        return self.runtime.endpoint.admin_url

    @property
    def data_dir(self) -> Path | None:
        """The server's files, when they are this machine's."""
        return self.runtime.endpoint.data_dir

    def env(self) -> dict[str, str]:
        """The environment variables by which programs usually find such a service."""
        return dict(self.runtime.endpoint.env)

    def client(self, **options: Any) -> Any:
        """A client of the usual driver (psycopg, redis, clickhouse_connect), connected; close it when done."""
        return clients.connect(self.service.kind, self.url, **options)

    def logs(self, lines: int = 50) -> str:
        """The last lines it wrote."""
        return self.runtime.logs(lines)

    def health(self) -> Health:
        """Ask it now: ready, alive but not answering, or dead, and by what."""
        try:
            death = self.runtime.death()
        except DeadError as error:
            return Health("dead", str(error))
        if death is not None:
            return Health("dead", f"it {death}")
        try:
            self.runtime.probe()
        except NotReady as error:
            return Health("unready", str(error))
        return Health("ready", "it answers")

    def check(self) -> None:
        """Raise DeadError, with what it wrote last, unless it answers."""
        health = self.health()
        if not health.ok:
            raise DeadError(self._failure(f"is {health.state}: {health.detail}"))

    def report(self) -> ServiceReport:
        """Its part of a health report."""
        health = self.health()
        return ServiceReport(
            state=health.state,
            detail=health.detail,
            kind=self.service.kind,
            provider=self.provider,
            reason=self.reason,
            url=masked(self.url),
            restarts=self._restarts(),
            last_output="" if health.ok else self.logs(LINES_IN_REPORTS),
        )

    def restart(self) -> None:
        """Stop it if it runs, start it again with its data and wait until it is ready; StormError when too often."""
        self.service.restart_limit.check(self.name, *self.runtime.history())
        self.runtime.restart()
        self.wait_until_ready()

    def stop(self) -> None:
        """Stop this service alone and wait until it is gone."""
        self.runtime.stop()

    def wait_until_ready(
        self, *, pause: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Return once it answers; raises StartError with its log when it dies or takes too long."""
        deadline = clock() + self.service.start_timeout
        while True:
            try:
                self.runtime.probe()
                return
            except NotReady as error:
                answer = str(error)
            death = self.runtime.death()
            if death is not None:
                raise StartError(self._failure(f"{death} before it was ready"))
            if clock() >= deadline:
                raise StartError(self._failure(f"was not ready after {self.service.start_timeout:g} s: {answer}"))
            pause(PAUSE)

    def _restarts(self) -> int:
        try:
            launches, _ = self.runtime.history()
        except DeadError:
            return 0
        return max(0, len(launches) - 1)

    def _failure(self, what: str) -> str:
        log = self.logs() or "(nothing)"
        return f"service {self.name!r} ({self.provider}) {what}\nThe last it wrote:\n{log}"

    def __repr__(self) -> str:
        return f"<ServiceHandle {self.name} on {self.provider}: {masked(self.url)}>"
