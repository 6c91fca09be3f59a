"""What one running test owns: made when it is first asked for, so that no hook has to call its super()."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from uuid import uuid4

from goldenpath.environment import get_env
from goldenpath.testcase.context import CaseContext
from goldenpath.testcase.logged import LoggedErrors
from goldenpath.testcase.metrics import Metrics
from goldenpath.testcase.settling import CaseLoop


def _new_id() -> str:
    return uuid4().hex


class CaseState:
    """The metrics, the identity, the logged errors and the event loop of one test."""

    def __init__(
        self, test_id: str, clock: Callable[[], float] = perf_counter, new_id: Callable[[], str] = _new_id
    ) -> None:
        self.new_id = new_id
        self.metrics = Metrics(clock)
        self.context = CaseContext.new(test_id, new_id)
        self.logged = LoggedErrors()
        self.loop = CaseLoop()

    @contextmanager
    def living(self) -> Iterator[CaseState]:
        """The time in which the test runs: afterwards the environment and the logging are what they were."""
        with get_env().preserved():
            self.logged.begin()
            try:
                yield self
            finally:
                self.logged.end()
                self.loop.close()
