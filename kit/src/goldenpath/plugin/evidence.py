"""How many assertions each test executed, and which tests passed without any.

`evidence_of(report)` is how others read it, in this process or another; `count_assertion` and `asserting` are how
functions of a project's own say that they assert.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import pytest

from goldenpath.plugin import rewriting
from goldenpath.plugin.arrivals import Arrivals
from goldenpath.plugin.asserting import counted as asserting
from goldenpath.plugin.asserting import watch
from goldenpath.plugin.tally import TALLY

__all__ = ["ASSERTIONS", "HOLLOW", "Evidence", "asserting", "count_assertion", "evidence_of", "uncounted_because"]

ASSERTIONS: Final = "assertions"
"""The property of a test's reports, and of its element in a JUnit file, that holds the count."""
HOLLOW: Final = "hollow"
"""The property of a test that passed and asserted nothing."""
MARK: Final = "no_assertions"
SETTING: Final = "goldenpath_assertions"
SHOWN: Final = 20

_uncounted = pytest.StashKey[str | None]()


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one test proved: None where assert statements are not counted, or the test did not get to its body."""

    assertions: int | None
    hollow: bool


def evidence_of(report: pytest.TestReport) -> Evidence:
    """Read the evidence from a test's report of its call."""
    properties = dict(report.user_properties)
    count = properties.get(ASSERTIONS)
    return Evidence(count if isinstance(count, int) else None, HOLLOW in properties)


def count_assertion(number: int = 1) -> None:
    """Count assertions that this plugin cannot see, such as those of a library written in C."""
    TALLY.calls += number


def uncounted_because(config: pytest.Config) -> str | None:
    """Why assertions are not counted in this run, or None when they are."""
    return config.stash.get(_uncounted, "the plugin was loaded too late to see the tests being imported")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("goldenpath").addoption(
        "--strict-evidence", action="store_true", help="fail tests that pass without executing one assertion"
    )
    parser.addini(SETTING, "functions that assert, as in 'shop.testing:check_*' or 'shop.testing:Cart.must_*'", "args")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    arrivals = Arrivals()
    early_config.add_cleanup(arrivals.install())
    early_config.add_cleanup(watch(arrivals, _more(early_config.getini(SETTING))))
    early_config.stash[_uncounted] = rewriting.install(early_config)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}(reason): this test asserts nothing, and that is meant")
    reason = uncounted_because(config)
    if reason is not None and config.getoption("--strict-evidence"):
        raise pytest.UsageError(f"--strict-evidence cannot judge this run: {reason}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker(MARK) if MARK in item.keywords else None
        reason = mark and (mark.kwargs.get("reason") or next(iter(mark.args), None))
        if mark is not None and not (isinstance(reason, str) and reason.strip()):
            raise pytest.UsageError(f'{item.nodeid}: say why, as in @pytest.mark.{MARK}("must not raise")')


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    __tracebackhide__ = True
    if item.config.stash.get(_uncounted, "") is not None or not isinstance(item, pytest.Function):
        return (yield)
    _forget(item)
    before = TALLY.statements + TALLY.calls
    try:
        result = yield
    finally:
        executed = TALLY.statements + TALLY.calls - before
        item.user_properties.append((ASSERTIONS, executed))
    if executed == 0 and not item.get_closest_marker(MARK) and not item.get_closest_marker("xfail"):
        item.user_properties.append((HOLLOW, True))
        if item.config.getoption("--strict-evidence"):
            _refuse(item)
    return result


def _refuse(item: pytest.Item) -> NoReturn:
    pytest.fail(
        f"{item.nodeid} passed without executing one assertion: nothing was tested\n"
        f'assert what it is for, or mark it: @pytest.mark.{MARK}("why")',
        pytrace=False,
    )


@pytest.hookimpl
def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    reason = uncounted_because(config)
    if reason is not None:
        terminalreporter.write_line(f"assertions were not counted: {reason}", yellow=True)
    hollow = [report.nodeid for report in terminalreporter.stats.get("passed", ()) if evidence_of(report).hollow]
    if hollow and not getattr(terminalreporter, "lists_hollow_passes", False):
        terminalreporter.section("hollow passes", yellow=True)
        for nodeid in hollow if config.get_verbosity() > 0 else hollow[:SHOWN]:
            terminalreporter.write_line(nodeid)
        if len(hollow) > SHOWN and config.get_verbosity() <= 0:
            terminalreporter.write_line(f"and {len(hollow) - SHOWN} more (-v shows them all)")
        terminalreporter.write_line(
            f"{len(hollow)} passed without executing one assertion; --strict-evidence fails them", yellow=True
        )


def _forget(item: pytest.Item) -> None:
    """Drop what an earlier run of the same item, by a plugin that repeats failures, has noted."""
    if item.user_properties:
        item.user_properties[:] = [entry for entry in item.user_properties if entry[0] not in (ASSERTIONS, HOLLOW)]


def _more(settings: list[str]) -> dict[str, tuple[str, ...]]:
    more: dict[str, tuple[str, ...]] = {}
    for setting in settings:
        module, colon, pattern = setting.partition(":")
        if not (module and colon and pattern):
            raise pytest.UsageError(f"{SETTING}: {setting!r} does not name a function as 'module:name' does")
        more[module] = (*more.get(module, ()), pattern)
    return more
