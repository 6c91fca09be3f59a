"""The handle of a running service: the same from every provider."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from goldenpath.services.errors import StartError
from goldenpath.services.ready import NotReady
from goldenpath.services.runtime import Runtime
from goldenpath.services.service import Service

PAUSE: Final = 0.002


@dataclass(frozen=True)
class Health:
    """The state of a service and what it was judged by."""

    state: Literal["ready", "unready", "dead"]
    detail: str

    @property
    def ok(self) -> bool:
        """Whether the service answers."""
        return self.state == "ready"


class ServiceHandle:
    """A running service: where it is, how it is, and what it wrote."""

    def __init__(self, service: Service, provider: str, reason: str, runtime: Runtime) -> None:
        self.service = service
        self.provider = provider
        self.reason = reason
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

    def logs(self, lines: int = 50) -> str:
        """The last lines it wrote."""
        return self.runtime.logs(lines)

    def health(self) -> Health:
        """Ask it now: ready, alive but not answering, or dead, and by what."""
        death = self.runtime.death()
        if death is not None:
            return Health("dead", f"it {death}")
        try:
            self.runtime.probe()
        except NotReady as error:
            return Health("unready", str(error))
        return Health("ready", "it answers")

    def restart(self) -> None:
        """Stop it if it runs, start it again with the data it had, and wait until it is ready."""
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

    def _failure(self, what: str) -> str:
        log = self.logs() or "(nothing)"
        return f"service {self.name!r} ({self.provider}) {what}\nThe last it wrote:\n{log}"

    def __repr__(self) -> str:
        return f"<ServiceHandle {self.name} on {self.provider}>"
