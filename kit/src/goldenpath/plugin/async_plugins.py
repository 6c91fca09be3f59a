"""Two plugins that await tests, and tests that both of them claim."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import pytest

_WRONG: Final = (
    "claimed by pytest-asyncio and, because of anyio_mode = auto, by anyio as well: such a test runs on one event loop "
    "and its async fixtures on another. Set anyio_mode = strict, or take the asyncio marks and asyncio_mode = auto away"
)


def anyio_claims_all(config: pytest.Config) -> bool:
    """Whether anyio's plugin takes every coroutine function for its own."""
    if not config.pluginmanager.has_plugin("anyio"):
        return False
    try:
        return "auto" in (config.getoption("anyio_mode", default=None), config.getini("anyio_mode"))
    except ValueError:  # an anyio from before it had modes
        return False


def pytest_collection_finish(session: pytest.Session) -> None:
    if anyio_claims_all(session.config):
        claimed = [
            item
            for item in session.items
            if isinstance(item, pytest.Function)
            and "anyio_backend" in item.fixturenames
            and item.get_closest_marker("asyncio")
        ]
        if claimed:
            session.config.pluginmanager.register(TwiceClaimed(claimed), "goldenpath-async-plugins")


class TwiceClaimed:
    """Says what is wrong, at the end of the run and in the report of each of these tests that fails."""

    def __init__(self, items: list[pytest.Function]) -> None:
        self._items = items

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.failed and item in self._items:
            report.sections.append(("two async plugins", f"This test is {_WRONG}."))
        return report

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.section("two async plugins", yellow=True)
        terminalreporter.write_line(f"{len(self._items)} tests, {self._items[0].nodeid} the first, are {_WRONG}.")
