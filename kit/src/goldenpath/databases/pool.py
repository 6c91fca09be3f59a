"""Clones of one template, a few always ready before they are asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock

from goldenpath.databases.server import Prepared, Server


class ClonePool:
    """Hands out databases: those that were reset first, then those cloned ahead, else a clone made now.

    It answers for each of them until it is dropped or kept, whatever happened in between.
    """

    def __init__(
        self, server: Server, template: Prepared, name: Callable[[], str], *, ahead: int, janitor: ThreadPoolExecutor
    ) -> None:
        self.server = server
        self.template = template
        self._name = name
        self._ahead = ahead
        self._janitor = janitor
        self._made: set[str] = set()
        self._recycled: deque[str] = deque()
        self._cloning: deque[Future[str]] = deque()
        self._lock = Lock()

    def take(self, *, recycled: bool) -> str:
        """A database that holds what the template holds."""
        with self._lock:
            if recycled and self._recycled:
                return self._recycled.pop()
            cloning = self._cloning.popleft() if self._cloning else None
            while len(self._cloning) < self._ahead:
                self._cloning.append(self._janitor.submit(self._clone))
        if cloning is None or cloning.exception() is not None:
            return self._clone()  # tells the reason if what failed ahead of need, a restart perhaps, still fails
        return cloning.result()

    def give_back(self, name: str) -> None:
        """Keep a database that was reset for the next who asks."""
        with self._lock:
            self._recycled.append(name)

    def discard(self, name: str) -> None:
        """Drop a database, off the path of the test that used it; what fails is tried again on closing."""
        if name in self._made:
            self._janitor.submit(self._drop, name)

    def keep(self, name: str) -> None:
        """Answer for this database no longer."""
        self._made.discard(name)

    def close(self) -> list[Exception]:
        """Drop every database made here, once the janitor has ended; returns why some could not be."""
        failures: list[Exception] = []
        for name in sorted(self._made):
            try:
                self._drop(name)
            except Exception as failure:
                failures.append(failure)
        self._made.clear()
        self._recycled.clear()
        self._cloning.clear()
        return failures

    def _clone(self) -> str:
        name = self._name()
        self._made.add(name)
        self.server.create(name, self.template)
        return name

    def _drop(self, name: str) -> None:
        self.server.drop(name)
        self._made.discard(name)
