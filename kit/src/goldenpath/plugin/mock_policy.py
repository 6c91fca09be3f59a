"""Integration and end-to-end tests use the real parts: one that builds a double, or patches, fails at that line."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pytest

from goldenpath.plugin.arrivals import Arrivals
from goldenpath.plugin.exemption import EXAMPLE, MARK, Exemption
from goldenpath.plugin.mock_watch import MockPolicyViolation, MockWatch
from goldenpath.plugin.tiers import REAL, tier_of_folders

SETTING: Final = "goldenpath_mock_policy"
MODES: Final = ("fail", "report", "off")
PROPERTY: Final = "mock_policy"
_MEND: Final = f"use the real part, make it a unit test, or exempt it for a time: {EXAMPLE}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(SETTING, "what becomes of integration and e2e tests that build doubles: fail, report, off")
    parser.getgroup("goldenpath").addoption(
        "--mock-policy", choices=MODES, help="integration and e2e tests that build doubles: fail (default), report, off"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{MARK}(reason, until): may build doubles in a tier of real parts, till a date")
    mode = config.getoption("--mock-policy") or config.getini(SETTING) or "fail"
    if mode not in MODES:
        raise pytest.UsageError(f"{SETTING}: {mode!r} is none of {', '.join(MODES)}")
    if mode != "off":
        config.pluginmanager.register(MockPolicyHooks(config, refusing=mode == "fail"), "goldenpath-mock-policy")


class MockPolicyHooks:
    """Watches while modules of the real tiers are imported; a run that has tests of these tiers is watched as well."""

    def __init__(self, config: pytest.Config, *, refusing: bool) -> None:
        self._config = config
        self._refusing = refusing
        self._watch = MockWatch(config.rootpath)
        self._seen: list[str] = []
        arrivals = Arrivals()
        self._watch.install(arrivals)
        config.add_cleanup(arrivals.install())
        config.add_cleanup(self._watch.remove)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        tier = placed(collector.path, self._config.rootpath) if isinstance(collector, pytest.Module) else None
        if tier is None:
            return (yield)
        why = f"while a module of the {tier} tests is imported: the part it replaces is not tested; {_MEND}"
        with self._watch.watching(why, where=str(collector.path), refusing=False) as seen:
            report = yield
        if seen and report.passed and not _exempt(collector):
            if self._refusing:
                report.outcome, report.longrepr = "failed", _told(seen)
            else:
                self._seen.append(f"{collector.nodeid}: {_sights(seen)}")
        return report

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        reasons = {item: why for item in session.items if (why := _why(item, self._config.rootpath)) is not None}
        if reasons:
            running = RunningHooks(self._watch, reasons, refusing=self._refusing)
            self._config.pluginmanager.register(running, "goldenpath-mock-policy-running")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        told = [
            f"{report.nodeid}: {value}"
            for reports in terminalreporter.stats.values()
            for report in reports
            for name, value in getattr(report, "user_properties", ())
            if name == PROPERTY
        ]
        if told or self._seen:
            terminalreporter.section("mock policy", yellow=True)
            for line in dict.fromkeys([*self._seen, *told]):
                terminalreporter.write_line(line)
            terminalreporter.write_line("the parts that they replace are not tested", yellow=True)


class RunningHooks:
    """Watches while the tests of the real tiers run."""

    def __init__(self, watch: MockWatch, reasons: dict[pytest.Item, str], *, refusing: bool) -> None:
        self._watch = watch
        self._reasons = reasons
        self._refusing = refusing
        self._seen: list[MockPolicyViolation] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        __tracebackhide__ = True
        why = self._reasons.get(item)
        if why is None:
            return (yield)
        path, line, _ = item.location
        with self._watch.watching(why, where=f"{path}:{(line or 0) + 1}", refusing=self._refusing) as self._seen:
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Fail the phase in which a double was refused, even where somebody swallowed the refusal."""
        report = yield
        if self._seen:
            told = _told(self._seen)
            if not self._refusing:
                report.user_properties.append((PROPERTY, _sights(self._seen)))
            elif report.outcome != "failed":
                report.outcome, report.longrepr = "failed", told
            elif told not in report.longreprtext:
                report.sections.append(("mock policy", told))
            self._seen.clear()
        return report


@lru_cache(maxsize=4096)
def placed(path: Path, root: Path) -> str | None:
    """The tier of real parts that a file stands in, by its folders below the root."""
    if not path.is_relative_to(root):
        return None
    tier = tier_of_folders((root.name, *path.relative_to(root).parts[:-1]))
    return tier if tier in REAL else None


def _why(item: pytest.Item, root: Path) -> str | None:
    """Why a test must not build doubles, or None if it may."""
    exemption = _exemption(item)
    marked = next((mark for mark in REAL if mark in item.keywords and item.get_closest_marker(mark)), None)
    tier = f"marked {marked!r}" if marked else placed(item.path, root) and f"among the {placed(item.path, root)} tests"
    if not tier or (exemption is not None and exemption.holds(date.today())):
        return None
    expired = f"; its exemption expired on {exemption.until}" if exemption else ""
    return f"in a test {tier}: the part it replaces is not tested{expired}; {_MEND}"


def _exemption(node: pytest.Item | pytest.Collector) -> Exemption | None:
    mark = node.get_closest_marker(MARK) if MARK in node.keywords else None
    try:
        return None if mark is None else Exemption.of(mark.args, dict(mark.kwargs))
    except ValueError as error:
        raise pytest.UsageError(f"{node.nodeid}: {error}") from None


def _exempt(node: pytest.Collector) -> bool:
    exemption = _exemption(node)
    return exemption is not None and exemption.holds(date.today())


def _told(seen: list[MockPolicyViolation]) -> str:
    return "\n".join(dict.fromkeys(map(str, seen)))


def _sights(seen: list[MockPolicyViolation]) -> str:
    return "; ".join(dict.fromkeys(violation.sight for violation in seen))
