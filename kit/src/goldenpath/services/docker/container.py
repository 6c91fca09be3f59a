"""A service that is one container: the docker side of the seam between handle and provider."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from goldenpath.services.clients import driver
from goldenpath.services.docker.definition import ContainerService
from goldenpath.services.docker.engine import Engine
from goldenpath.services.docker.recipes import RECIPES, located
from goldenpath.services.errors import DeadError, StartError, UnavailableError
from goldenpath.services.program import ended
from goldenpath.services.ready import Accepts, Announces, Answers, NotReady
from goldenpath.services.runtime import Endpoint

HANGS_UP_WITHIN: Final = 0.3
"""Seconds after which a port that accepted a connection and still holds it is taken to be the service's own."""
SIGNALLED: Final = 128


@dataclass(frozen=True)
class Launches:
    """When a container was started, by whichever process: a line per start in the directory of its stack."""

    path: Path

    def note(self) -> None:
        """It is started now."""
        with open(self.path, "a") as file:
            file.write(f"{time.monotonic()!r}\n")

    def read(self) -> list[float]:
        """Every start so far."""
        try:
            return [float(line) for line in self.path.read_text().splitlines()]
        except FileNotFoundError:
            raise DeadError(f"the stack of {self.path} is gone, and its containers with it") from None


class Container:
    """A container of a stack."""

    def __init__(
        self, engine: Engine, service: ContainerService, identity: str, endpoint: Endpoint, launches: Launches
    ) -> None:
        self.engine = engine
        self.id = identity
        self._service = service
        self._endpoint = endpoint
        self._launches = launches

    @property
    def endpoint(self) -> Endpoint:
        """Where it is reached from this machine."""
        return self._endpoint

    @property
    def inside(self) -> Endpoint:
        """Where it is reached from the other containers of its stack."""
        return RECIPES[self._service.kind].endpoint(self._service, self._service.name, self._service.port)

    @property
    def container(self) -> Any:
        """The SDK's object, fresh from the engine."""
        with self._present("describe it"):
            return self.engine.client.containers.get(self.id)

    def state(self) -> dict[str, Any]:
        """What the engine says about it."""
        with self._present("describe it"):
            described: dict[str, Any] = self.engine.client.api.inspect_container(self.id)
        return described

    def published(self, port: int) -> int:
        """The port of the engine's machine at which a port of the container is reached now."""
        bindings = self.state()["NetworkSettings"]["Ports"].get(f"{port}/tcp")
        if not bindings:
            raise DeadError(f"container {self._service.name!r} publishes no port {port}")
        return int(bindings[0]["HostPort"])

    def probe(self) -> None:
        """Ask it by the protocol of its kind, and the way its definition says."""
        RECIPES[self._service.kind].ask(self._endpoint)
        ready = self._service.ready
        if isinstance(ready, Announces):
            self._find_announced(ready)
        elif isinstance(ready, Answers):
            Answers(self._endpoint.url).check()
        elif ready is not None and not isinstance(ready, Accepts):
            if not ready():
                raise NotReady(f"{ready!r} said no")
        elif not self._is_judged_by_the_engine() and (isinstance(ready, Accepts) or self._service.kind == "image"):
            listens(self._endpoint)

    def _find_announced(self, ready: Announces) -> None:
        ended_before = datetime.fromisoformat(self.state()["State"]["FinishedAt"])
        since = ended_before.timestamp() if ended_before.year > 1 else None
        with self._present("show its log"):
            written = self.engine.client.api.logs(self.id, since=since).decode(errors="replace")
        url = ready.found_in(written)
        port = self.published(int(url.partition("//")[2].partition("/")[0].rpartition(":")[2]))
        self._endpoint = located(self._service, url, self.engine.host, port)
        listens(self._endpoint)

    def _is_judged_by_the_engine(self) -> bool:
        """Whether it has a health check, which must then have passed."""
        health = self.state()["State"].get("Health")
        if health is None or health["Status"] == "none":
            return False
        if health["Status"] != "healthy":
            last = health["Log"][-1]["Output"].strip() if health.get("Log") else "no check was made yet"
            raise NotReady(f"its health check says {health['Status']}: {last}")
        return True

    def death(self) -> str | None:
        """How its container ended; None while it runs, be it paused."""
        state = self.state()
        now = state["State"]
        if now["Running"] or now["Status"] in {"created", "restarting"}:
            return None
        if now["OOMKilled"]:
            limit = state["HostConfig"]["Memory"]
            return f"was killed: it used more than its memory limit of {limit >> 20} MB"
        code = int(now["ExitCode"])
        words = ended(SIGNALLED - code) if SIGNALLED < code < SIGNALLED + 64 else ended(code)
        return f"{words} ({now['Error']})" if now["Error"] else words

    def history(self) -> tuple[list[float], float]:
        """When it was started, and what the same clock says now."""
        return self._launches.read(), time.monotonic()

    def logs(self, lines: int) -> str:
        """The last lines it wrote."""
        try:
            with self._present("show its log"):
                written = self.engine.client.api.logs(self.id, tail=lines)
        except DeadError as error:
            return f"({error})"
        return str(written.decode(errors="replace")).rstrip("\n")

    def restart(self) -> None:
        """Stop it if it runs and start it with the files it had, at the port it had."""
        self._launches.note()
        with self._present("restart it", StartError):
            self.engine.client.api.restart(self.id, timeout=round(self._service.stop_timeout))

    def stop(self) -> None:
        """Stop it and wait until it is gone; its files stay until the stack ends."""
        with self._present("stop it"):
            self.engine.client.api.stop(self.id, timeout=round(self._service.stop_timeout))

    def leave(self) -> None:
        """Nothing: the keeper has it removed."""

    @contextlib.contextmanager
    def _present(self, what: str, error: type[StartError] | None = None) -> Iterator[None]:
        """A container that somebody removed is dead, and so is one whose engine is silent."""
        try:
            with self.engine.asked(f"{what} (container of {self._service.name!r})", error or DeadError):
                try:
                    yield
                except driver("docker").errors.NotFound:
                    raise DeadError(f"the container of {self._service.name!r} was removed") from None
        except UnavailableError as silence:
            raise DeadError(str(silence)) from None


def listens(endpoint: Endpoint) -> None:
    """Raise NotReady unless something in the container listens: the engine's own proxy accepts and then hangs up."""
    if endpoint.port is None:
        return
    at = f"{endpoint.host}:{endpoint.port}"
    try:
        with socket.create_connection((endpoint.host, endpoint.port), timeout=HANGS_UP_WITHIN) as connection:
            if connection.recv(1) == b"":
                raise NotReady(f"{at} accepts connections and hangs up: nothing listens in the container yet")
    except TimeoutError:
        return
    except OSError as error:
        raise NotReady(f"{at} does not accept connections: {error.strerror or os.strerror(error.errno or 0)}") from None
