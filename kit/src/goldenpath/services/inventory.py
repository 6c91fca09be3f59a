"""All stacks of this user on this machine, as `goldenpath services` sees them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from goldenpath.services import places, reaper, shared
from goldenpath.services.errors import ServiceError
from goldenpath.services.program import tail
from goldenpath.services.urls import masked

PAUSE: Final = 0.01


@dataclass(frozen=True)
class Stack:
    """A stack that runs, or was left behind."""

    directory: Path
    alive: bool
    record: Mapping[str, Any]
    """What it wrote down when it was ready; empty until then."""

    @property
    def identity(self) -> str:
        """What no other stack is called."""
        return self.directory.name

    @property
    def name(self) -> str:
        """The name under which it is shared; its identity if it is not."""
        return self.record.get("name") or self.identity

    @property
    def state(self) -> str:
        """Whether it can be used."""
        if not self.alive:
            return "orphaned"
        return "running" if self.record else "starting"

    def urls(self) -> dict[str, str]:
        """Where its services are, without passwords."""
        return {name: masked(each["endpoint"]["url"]) for name, each in self.record.get("services", {}).items()}

    def env(self) -> dict[str, str]:
        """What its services put into the environment of programs, passwords included."""
        services = self.record.get("services", {}).values()
        return {key: value for service in services for key, value in service["endpoint"]["env"].items()}

    def logs(self) -> dict[str, Path]:
        """The log file of each program in it."""
        return {path.stem: path for path in sorted(self.directory.glob("*.log"))}

    def tail(self, service: str, lines: int, environ: Mapping[str, str]) -> str:
        """The last lines that a service wrote."""
        if self.record.get("services", {}).get(service, {}).get("provider") == "docker":
            from goldenpath.services.docker.provider import tail as tail_of_container

            return tail_of_container(self.identity, service, lines, environ)
        logs = self.logs()
        if service not in logs:
            raise ServiceError(f"stack {self.name} has no log of {service!r}; it has {', '.join(logs) or 'none'}")
        return tail(logs[service], lines)

    def down(
        self,
        timeout: float = 30.0,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """End it for everybody who uses it, and return when nothing of it is left."""
        if not self.record:
            raise ServiceError(f"stack {self.name} is still starting; try again in a moment")
        os.kill(self.record["keeper"], signal.SIGTERM)
        deadline = clock() + timeout
        while self.directory.exists():
            if clock() >= deadline:
                raise ServiceError(f"stack {self.name} did not end within {timeout:g} s; see {self.directory}")
            pause(PAUSE)


def stacks(environ: Mapping[str, str]) -> list[Stack]:
    """Every stack of this user."""
    return [
        Stack(directory, reaper.alive(directory), shared.read_record(directory) or {})
        for root in places.roots(environ)
        for directory in reaper.stacks(root)
    ]


def find(environ: Mapping[str, str], name: str) -> Stack:
    """The living stack of this name or identity."""
    living = [stack for stack in stacks(environ) if stack.alive]
    for stack in living:
        if name in {stack.name, stack.identity}:
            return stack
    raise ServiceError(
        f"no stack {name!r} is running; running are: {', '.join(stack.name for stack in living) or 'none'}"
    )
