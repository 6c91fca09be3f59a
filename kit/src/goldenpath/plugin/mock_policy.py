"""Integration and end-to-end tests use the real parts: one that builds a double, or patches, fails at that line."""

from __future__ import annotations

from collections.abc import Generator
from datetime import date
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
    """Watches while modules of the real tiers are imported, and while their tests run."""

    def __init__(self, config: pytest.Config, *, refusing: bool) -> None:
        self._root = config.rootpath
        self._refusing = refusing
        self._watch = MockWatch(config.rootpath)
        self._seen: list[MockPolicyViolation] = []
        self._seen_in_imports: list[str] = []
        arrivals = Arrivals()
        self._watch.install(arrivals)
        config.add_cleanup(arrivals.install())
        config.add_cleanup(self._watch.remove)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            try:
                _exemption(item)
            except ValueError as error:
                raise pytest.UsageError(f"{item.nodeid}: {error}") from None

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        tier = self._placed(collector.path) if isinstance(collector, pytest.Module) else None
        if tier is None:
            return (yield)
        why = f"while a module of the {tier} tests is imported: the part it replaces is not tested; {_MEND}"
        with self._watch.watching(why, where=str(collector.path), refusing=False) as seen:
            report = yield
        if seen and report.passed and not _exempt(collector):
            if self._refusing:
                report.outcome, report.longrepr = "failed", _told(seen)
            else:
                self._seen_in_imports.append(f"{collector.nodeid}: {_sights(seen)}")
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        why = self._why(item)
        if why is None or _exempt(item):
            return (yield)
        __tracebackhide__ = True
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

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        told = [
            f"{report.nodeid}: {value}"
            for reports in terminalreporter.stats.values()
            for report in reports
            for name, value in getattr(report, "user_properties", ())
            if name == PROPERTY
        ]
        if told or self._seen_in_imports:
            terminalreporter.section("mock policy", yellow=True)
            for line in dict.fromkeys([*self._seen_in_imports, *told]):
                terminalreporter.write_line(line)
            terminalreporter.write_line("the parts that they replace are not tested", yellow=True)

    def _why(self, item: pytest.Item) -> str | None:
        marked = next((mark for mark in REAL if item.get_closest_marker(mark)), None)
        placed = None if marked else self._placed(item.path)
        if marked is None and placed is None:
            return None
        exemption = _exemption(item)
        expired = f"; its exemption expired on {exemption.until}" if exemption else ""
        tier = f"marked {marked!r}" if marked else f"among the {placed} tests"
        return f"in a test {tier}: the part it replaces is not tested{expired}; {_MEND}"

    def _placed(self, path: Path) -> str | None:
        """The tier of real parts that a file stands in, by its folders below the root."""
        if not path.is_relative_to(self._root):
            return None
        tier = tier_of_folders((self._root.name, *path.relative_to(self._root).parts[:-1]))
        return tier if tier in REAL else None


def _exemption(node: pytest.Item | pytest.Collector) -> Exemption | None:
    mark = node.get_closest_marker(MARK)
    return None if mark is None else Exemption.of(mark.args, dict(mark.kwargs))


def _exempt(node: pytest.Item | pytest.Collector) -> bool:
    exemption = _exemption(node)
    return exemption is not None and exemption.holds(date.today())


def _told(seen: list[MockPolicyViolation]) -> str:
    return "\n".join(dict.fromkeys(map(str, seen)))


def _sights(seen: list[MockPolicyViolation]) -> str:
    return "; ".join(dict.fromkeys(violation.sight for violation in seen))
