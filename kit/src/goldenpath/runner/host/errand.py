"""Running tests in order of request: one at a time, asking for the next while the present one is torn down."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, Final

import pytest

from goldenpath.runner.host.outcome import combine
from goldenpath.runner.wire import Message, Wire

_OUTCOMES: Final = frozenset({"passed", "failed", "skipped"})
"""Plugins report other things besides: `rerun` of pytest-rerunfailures is an attempt."""


class Unfinished(KeyboardInterrupt):
    """The side that gave the orders has gone: pytest must end the session, not take it for a failing test."""


class Next:
    """Stands for the test that follows, and asks who that is only when pytest tears the present one down.

    Until then the run is free to give the test to whoever is idle first; and pytest still knows exactly which fixtures
    the next test shares.
    """

    def __init__(self, errand: Errand) -> None:
        self._errand = errand

    def __bool__(self) -> bool:
        return self._errand.following() is not None

    def listchain(self) -> list[Any]:
        """The collectors that the following test stands in, itself last."""
        following = self._errand.following()
        return following.listchain() if following is not None else []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._errand.following(), name)


class Errand:
    """The loop of a process that runs tests."""

    def __init__(self, session: pytest.Session, wire: Wire, items: Sequence[pytest.Item], retries: int) -> None:
        self._session = session
        self._wire = wire
        self._items = items
        self._retries = retries
        self._orders: deque[int] = deque()
        self._rest = True
        self._reports: list[pytest.TestReport] = []
        self._forwards = frozenset[str]()
        self.others: deque[Message] = deque()
        """Messages that came in between and are for somebody else."""

    def forward_reports(self, outcomes: Sequence[str]) -> None:
        """Send these reports as pytest serialises them besides the results, for the process whose plugins listen."""
        self._forwards = frozenset(outcomes)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the reports of the test that runs."""
        self._reports.append(report)

    def order(self, numbers: Sequence[int]) -> None:
        """Take orders and run until there are no more."""
        self._orders.extend(numbers)
        self._rest = False
        while True:
            while self._orders:
                self._run(self._orders.popleft())
            if self._rest:
                return
            self._ask()

    def following(self) -> pytest.Item | None:
        """The test that comes next; None for none."""
        while not self._orders and not self._rest:
            self._ask()
        return self._items[self._orders[0]] if self._orders else None

    def _ask(self) -> None:
        self._wire.send("pull", any(report.failed for report in self._reports))
        while True:
            message = self._wire.receive()
            if message is None:
                raise Unfinished
            if message[0] == "run":
                self._orders.extend(message[1])
                return
            if message[0] != "rest":
                self.others.append(message)
            if message[0] in {"rest", "finish"}:
                self._rest = True
                return

    def _run(self, number: int) -> None:
        item = self._items[number]
        attempt, spent, failures = 1, 0.0, self._session.testsfailed
        while True:
            self._reports.clear()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=Next(self))
            reports = [report for report in self._reports if report.outcome in _OUTCOMES]
            attempts = attempt + len(self._reports) - len(reports)
            fields = combine(reports, attempts)
            spent += fields[2]
            if attempt > self._retries or fields[0] not in {"failed", "error"}:
                break
            self._wire.send("retry", number, fields, self._retries + 1 - attempt)
            attempt += 1
            self._session.testsfailed = failures
        for report in reports:
            if report.outcome in self._forwards:
                self._forward(report)
        self._reports.clear()
        self._wire.send("result", number, (*fields[:2], spent, *fields[3:]))
        stop = self._session.shouldfail or self._session.shouldstop
        if stop:
            self._wire.send("stop", str(stop))

    def _forward(self, report: pytest.TestReport) -> None:
        data = self._session.config.hook.pytest_report_to_serializable(config=self._session.config, report=report)
        self._wire.send("report", plain(data))


def plain(value: Any) -> Any:
    """The same in values that a message can carry; anything else as its text."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return value
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(each) for each in value]
    return str(value)
