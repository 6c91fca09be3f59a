"""A scheduler in memory that does what it is told, at once: for what no real one does on demand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from goldenpath import __version__

FIT = {"version": __version__, "pid": 1, "host": "here", "root": True, "name": "m1", "threads": 1, "resources": {}}


class Promise:
    """A future whose end is known from the start."""

    def __init__(self, status: str, answer: Any = None, error: BaseException | None = None) -> None:
        self.status = status
        self._answer = answer
        self._error = error

    def result(self) -> Any:
        return self._answer

    def exception(self) -> BaseException | None:
        return self._error

    def add_done_callback(self, callback: Callable[[Promise], None]) -> None:
        callback(self)


class Client:
    """What is used of `distributed.Client`."""

    def __init__(self, machines: dict[str, dict[str, Any]], serve: Callable[[Any], Promise] | None = None) -> None:
        self.machines = machines
        self.serve = serve
        self.handlers: dict[str, Callable[[Any], None]] = {}
        self.closed = False
        self.submitted: list[tuple[str, Any]] = []

    def run(self, function: Any, *arguments: Any, workers: list[str] | None = None, **_: Any) -> dict[str, Any]:
        if function.__name__ != "introduce":
            return {}
        return {address: about for address, about in self.machines.items() if workers is None or address in workers}

    def subscribe_topic(self, topic: str, handler: Callable[[Any], None]) -> None:
        self.handlers[topic] = handler

    def submit(self, function: Any, opening: Any, batch: Any, **options: Any) -> Promise:
        self.submitted.append((options["key"], batch))
        assert self.serve is not None
        return self.serve(batch)

    def cancel(self, futures: Any) -> None:
        pass

    def close(self) -> None:
        self.closed = True


ROOT = Path("/project")
