"""`--env-guard`: a test fails when it, or the code under test, reads `os.environ` without declaring the variable."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from goldenpath.environment.guard import Reads

MARK = "env"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("goldenpath").addoption(
        "--env-guard", action="store_true", help="fail tests that read os.environ undeclared (declare: the env mark)"
    )
    parser.addini("env_guard_allow", "variables that any test may read from os.environ", type="args", default=[])
    parser.addini("env_guard_packages", "installed packages that are code under test", type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}(*names): reads these environment variables ('*' is all of them)")
    if config.getoption("--env-guard"):
        config.pluginmanager.register(EnvGuardHooks(config), "goldenpath-env-guard")


class EnvGuardHooks:
    """Watches while modules are collected and while tests run."""

    def __init__(self, config: pytest.Config) -> None:
        from goldenpath.environment.guard import EnvironGuard

        self._guard = EnvironGuard(
            allowed=config.getini("env_guard_allow"),
            packages=config.getini("env_guard_packages"),
            claimants=[pytest.MonkeyPatch.delenv.__code__.co_filename],
        )
        self._guard.install()
        self._reads: Reads = []

    def pytest_unconfigure(self) -> None:
        self._guard.remove()

    def pytest_collection_modifyitems(self, items: Iterable[pytest.Item]) -> None:
        for item in items:
            for mark in item.iter_markers(MARK):
                if not mark.args or mark.kwargs or not all(isinstance(name, str) and name for name in mark.args):
                    raise pytest.UsageError(f'{item.nodeid}: name variables, as in @pytest.mark.{MARK}("HOME", "CI")')

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        with self._guard.watch() as reads:
            report = yield
        if reads and report.passed:
            report.outcome, report.longrepr = "failed", _told(reads)
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        declared = [name for mark in item.iter_markers(MARK) for name in mark.args]
        with self._guard.watch(declared) as self._reads:
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Fail the phase in which a read was refused, even where somebody swallowed the refusal."""
        report = yield
        told = _told(self._reads)
        if told and report.outcome != "failed":
            report.outcome, report.longrepr = "failed", told
        elif told and told not in report.longreprtext:
            report.sections.append(("undeclared environment", told))
        self._reads.clear()
        return report


def _told(reads: Reads) -> str:
    return "\n".join(dict.fromkeys(map(str, reads)))
