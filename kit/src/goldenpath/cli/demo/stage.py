"""Where the demo plays: real stores, and two instances of the reference backend on them."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from goldenpath.environment import get_env
from goldenpath.services import Announces, Service, ServiceError, ServiceHandle, ServiceStack, inventory

if TYPE_CHECKING:
    from goldenpath.cli.demo.outcome import Outcome

INSTANCES: Final = ("first", "second")
KEPT: Final = "demo"
"""The name under which a stack that stays is ended again."""
LINES: Final = 2000


def backend(port: int, name: str = "backend", secret: str | None = None) -> Service:
    """The reference backend as a service of a stack; instances that belong together share their secret."""
    return Service(
        name,
        command=[sys.executable, "-m", "agent_backend", "serve", "--migrate", "--port", str(port)],
        needs=["postgres", "redis"],
        env={
            "AGENT_BACKEND_DATABASE_URL": "{postgres.url}",
            "AGENT_BACKEND_REDIS_URL": "{redis.url}",
            "AGENT_BACKEND_SECRET_KEY": secret or secrets.token_urlsafe(48),
        },
        ready=Announces("url"),
        start_timeout=120,
    )


class Stage:
    """The stores and the instances, started together."""

    def __init__(self, *, port: int, keep: bool) -> None:
        secret = secrets.token_urlsafe(48)
        first, second = INSTANCES
        services = ("postgres", "redis", backend(0, first, secret), backend(port, second, secret))
        self.stack = ServiceStack(*services, shared=KEPT if keep else False)

    def url(self, name: str) -> str:
        """Where an instance answers."""
        return self.stack[name].url

    def written(self) -> list[str]:
        """What the instances wrote."""
        return [line for name in INSTANCES for line in self.stack[name].logs(LINES).splitlines()]

    def kill(self, name: str) -> None:
        """Kill an instance as the kernel would, without a word of warning."""
        os.kill(self._pid(name), signal.SIGKILL)

    def revive(self, name: str) -> None:
        """Start an instance again."""
        self.stack[name].restart()

    @contextmanager
    def held_back(self, name: str) -> Iterator[None]:
        """While this lasts an instance takes no work, so that all of it is with the other one."""
        pid = self._pid(name)
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def farewell(self, outcome: Outcome) -> Iterator[str]:
        """How to use what stays, and how to end it."""
        journey = outcome.journeys[0]
        yield f"the page: {self.url(outcome.takeover.heir)}/"
        yield f"log in: tenant {journey.tenant.name}, {journey.email}, password {journey.password}"
        yield f"it runs until you say: goldenpath services down {KEPT}"

    def _pid(self, name: str) -> int:
        return announced_pid(self.stack[name])


def refuse_second() -> None:
    """Two stacks that stay would share one name, and nobody could tell which of them is to be ended."""
    kept = [stack for stack in inventory.stacks(get_env().all()) if stack.alive and stack.name == KEPT]
    if kept:
        raise ServiceError(f"a demo is kept already; end it first: goldenpath services down {KEPT}")


def announced_pid(handle: ServiceHandle) -> int:
    """The process of an instance, as it said itself when it was ready, the last time it was started."""
    for line in reversed(handle.logs(LINES).splitlines()):
        if line.startswith('{"event": "ready"'):
            return int(json.loads(line)["pid"])
    raise LookupError(f"{handle.name} has not said which process it is; it wrote:\n{handle.logs()}")
