"""What a test does with the containers of a manager: run commands in them, break them, and see that nothing stays."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from goldenpath.services.clients import driver
from goldenpath.services.docker.belongings import of_stack
from goldenpath.services.docker.engine import Engine
from goldenpath.services.docker.executing import execute
from goldenpath.services.docker.manager import UnifiedDockerManager
from goldenpath.services.docker.territory import Territory
from goldenpath.services.errors import DeadError, ServiceError, StartError

PAUSE: Final = 0.01
RUN_LIMIT: Final = 60.0


@dataclass(frozen=True)
class Completed:
    """A command that ran to its end in a container."""

    command: tuple[str, ...]
    exit_code: int
    output: str

    def check(self) -> Self:
        """Itself if the command ended well; StartError with its output otherwise."""
        if self.exit_code:
            raise StartError(f"{' '.join(self.command)} ended with exit code {self.exit_code}\n{self.output}")
        return self


class DockerTestUtility:
    """The containers of a test: `with DockerTestUtility(UnifiedDockerManager("redis")) as docker: ...`.

    Leaving it shuts the manager down and fails if anything of it is still on the engine.
    """

    def __init__(
        self,
        manager: UnifiedDockerManager,
        *,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.manager = manager
        self._pause = pause
        self._clock = clock
        self._identity = ""

    @property
    def engine(self) -> Engine:
        """The engine that the containers run on."""
        return self.manager.engine

    def start(self) -> Self:
        """Start the services of the manager."""
        self.manager.start()
        self._identity = self.manager.directory.name
        return self

    def stop(self) -> None:
        """Shut the manager down and prove that nothing of it is left."""
        self.manager.graceful_shutdown()
        self.assert_nothing_left()

    def run(
        self,
        image: str,
        *command: str,
        env: Mapping[str, str] | None = None,
        timeout: float = RUN_LIMIT,
        **options: Any,
    ) -> Completed:
        """Run a command in a container of its own, in the network of the services; further options are the SDK's."""
        territory = Territory(self.engine, self.manager.directory)
        name = territory.name("run", secrets.token_hex(4))
        with territory.making(name), self.engine.asked(f"run {image}", StartError):
            container = self.engine.client.containers.create(
                image,
                list(command),
                name=name,
                environment=dict(env or {}),
                labels=territory.labels(),
                network=territory.network,
                **options,
            )
        try:
            with self.engine.asked(f"run {' '.join(command)} in {image}", StartError):
                container.start()
            code = self._wait(container, timeout)
            return Completed(command, code, container.logs().decode(errors="replace"))
        finally:
            container.remove(force=True, v=True)

    def _wait(self, container: Any, timeout: float) -> int:
        requests = driver("requests").exceptions
        try:
            return int(container.wait(timeout=timeout)["StatusCode"])
        except (requests.ReadTimeout, requests.ConnectionError):
            said = container.logs(tail=20).decode(errors="replace")
            raise StartError(f"container {container.name} did not end within {timeout:g} s\n{said}") from None

    def execute(self, service: str, *command: str, **options: Any) -> Completed:
        """Run a command in the container of a service; options are the SDK's for `exec_create`."""
        container = self.manager.container(service)
        with self.engine.asked(f"run {' '.join(command)} in {service!r}", DeadError):
            return Completed(command, *execute(self.engine, container.id, command, **options))

    def kill(self, service: str, signal: str = "SIGKILL") -> None:
        """Send the service a signal, and return when it is dead if that is SIGKILL."""
        container = self.manager.container(service)
        with self.engine.asked(f"send {service!r} {signal}", DeadError):
            container.container.kill(signal)
        if signal == "SIGKILL":
            self.wait_until_dead(service)

    def wait_until_dead(self, service: str, timeout: float = RUN_LIMIT) -> str:
        """Wait for the container of a service to end, and say how it ended."""
        deadline = self._clock() + timeout
        while (death := self.manager.container(service).death()) is None:
            if self._clock() >= deadline:
                raise ServiceError(f"service {service!r} still runs after {timeout:g} s")
            self._pause(PAUSE)
        return death

    @contextmanager
    def paused(self, service: str) -> Iterator[None]:
        """For a while the service hangs: its connections stay open, and nothing answers."""
        container = self.manager.container(service).container
        with self.engine.asked(f"pause {service!r}", DeadError):
            container.pause()
        try:
            yield
        finally:
            with self.engine.asked(f"go on with {service!r}", DeadError):
                container.unpause()

    @contextmanager
    def cut_off(self, service: str) -> Iterator[None]:
        """For a while the service is off the network: neither the other services nor this process reach it."""
        network = self.engine.client.networks.get(Territory(self.engine, self.manager.directory).network)
        container = self.manager.container(service).container
        with self.engine.asked(f"cut {service!r} off", DeadError):
            network.disconnect(container)
        try:
            yield
        finally:
            with self.engine.asked(f"connect {service!r} again", DeadError):
                network.connect(container, aliases=[service])

    def assert_healthy(self) -> None:
        """Fail with the health report unless every service answers."""
        report = self.manager.get_health_report()
        if not report.ok:
            raise AssertionError(str(report))

    def assert_nothing_left(self) -> None:
        """Fail if a container, network or volume of the stack is still on the engine."""
        left = of_stack(self.engine, self._identity)
        if left:
            raise AssertionError("still on the engine: " + ", ".join(str(each) for each in left))

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
