"""The plugin through which a pytest session takes its orders from the run: collect, tell, run, fork, end."""

from __future__ import annotations

import os
import platform
import select
import socket
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from goldenpath.plugin.markers import RUNNING, register
from goldenpath.runner.host import forking
from goldenpath.runner.host.described import describe
from goldenpath.runner.host.errand import Errand, Unfinished
from goldenpath.runner.host.quiet import NAME, Quiet, Sink, hush
from goldenpath.runner.wire import Message, Wire

RUNS_NOTHING: Final = {
    "collectonly": "--collect-only",
    "setuponly": "--setup-only",
    "setupplan": "--setup-plan",
    "showfixtures": "--fixtures",
    "show_fixtures_per_test": "--fixtures-per-test",
    "markers": "--markers",
    "cacheshow": "--cache-show",
    "help": "--help",
    "version": "--version",
}
"""Options of pytest under which no test is run."""
_JUNIT: Final = "_pytest.junitxml"


@dataclass(frozen=True)
class HostSettings:
    """What the run tells the process once it is up."""

    folder: Path
    """Where processes write the stacks they are asked for."""
    run_id: str
    retries: int
    worker: str
    """Its name, where it is one of several that each collect; empty for the one that collects for all."""
    workers: int


class Hosting:
    """The hooks, and the loop that stands where pytest's own loop over the tests would be."""

    def __init__(self, wire: Wire, settings: HostSettings) -> None:
        self._wire = wire
        self._settings = settings
        self._before: list[pytest.Item] = []
        self._announced: set[str] = set()
        self._errors: list[tuple[str, str, str]] = []
        self._skipped: list[tuple[str, str]] = []
        self._children: dict[int, tuple[int, str]] = {}
        self.sink: Sink | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Refuse what would run nothing; be the only one who distributes."""
        for option, written in RUNS_NOTHING.items():
            if config.getoption(option, None):
                raise pytest.UsageError(f"{written} runs no test, and a run that runs nothing is none: leave it out")
        for option, value in (("dist", "no"), ("numprocesses", None), ("tx", [])):
            if hasattr(config.option, option):
                setattr(config.option, option, value)
        register(config, RUNNING)
        if self._settings.worker:
            forking.name_worker(config, self._settings.worker, self._settings.workers, self._settings.run_id)
        os.environ["PYTEST_XDIST_TESTRUNUID"] = self._settings.run_id

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self) -> None:
        """Answer from here on who asks what hangs."""
        forking.answer_stack_requests(self._settings.folder)

    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        """Say which file is about to be imported: its code may end the process."""
        if isinstance(collector, pytest.File):
            self._wire.send("collecting", collector.nodeid)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            crash = getattr(report.longrepr, "reprcrash", None)
            lines = [line for line in str(crash.message if crash else report.longrepr).splitlines() if line.strip()]
            told = [line for line in lines if line.startswith("E ")]
            message = told[-1][1:].strip() if told else (lines[0] if crash else lines[-1]) if lines else ""
            self._errors.append((report.nodeid, message[:500], str(report.longrepr)[:65536]))
        elif report.skipped:
            longrepr = report.longrepr
            reason = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
            self._skipped.append((report.nodeid, reason.removeprefix("Skipped: ")))

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Say who ended the session: a signal, or a test that called `pytest.exit`."""
        self._wire.send("stop", f"{excinfo.typename}: {excinfo.value}")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, None, None]:
        """Remember what there was before anything was deselected."""
        self._before = list(items)
        return (yield)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        self._announced.update(item.nodeid for item in items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Tell what was collected, then obey until told to end."""
        items = session.items
        errand = Errand(session, self._wire, items, self._settings.retries)
        session.config.pluginmanager.register(errand, "errand")
        kept = set(map(id, items))
        self._wire.send(
            "collected",
            [describe(item, session.config) for item in items],
            [item.nodeid for item in self._before if id(item) not in kept and item.nodeid in self._announced],
            [item.nodeid for item in self._before if id(item) not in kept and item.nodeid not in self._announced],
            self._errors,
            self._skipped,
            self._listeners(session.config),
            forking.unsafe(own_sockets=1),
            str(session.config.rootpath),
            _tools(session.config),
        )
        self._before = []
        self._obey(session, errand, self._wire, items)
        return True

    def _obey(self, session: pytest.Session, errand: Errand, wire: Wire, items: Sequence[pytest.Item]) -> None:
        while True:
            message = errand.others.popleft() if errand.others else self._next(wire)
            if message is None:
                raise Unfinished
            name = message[0]
            if name == "finish":
                return
            if name == "run":
                errand.order(message[1])
            elif name == "forward":
                errand.forward_reports(message[1])
            elif name == "fork":
                self._fork(session, errand, items, str(message[1]), int(message[2]))
            elif name == "report":
                self._replay(session, wire, message[1])
            elif name == "environment":
                os.environ.update(message[1])

    def _next(self, wire: Wire) -> Message | None:
        """The next order; tells meanwhile which child has ended and how."""
        while self._children:
            ready, _, _ = select.select([wire.fileno(), *self._children], [], [])
            for descriptor in self._children.keys() & set(ready):
                self._bury(descriptor, wire)
            if wire.fileno() in ready:
                break
        return wire.receive()

    def _bury(self, descriptor: int, wire: Wire) -> None:
        pid, worker = self._children.pop(descriptor)
        os.close(descriptor)
        _, status = os.waitpid(pid, 0)
        wire.send("died", worker, os.waitstatus_to_exitcode(status))

    def _fork(
        self, session: pytest.Session, errand: Errand, items: Sequence[pytest.Item], worker: str, workers: int
    ) -> None:
        end = self._wire.handed_over()
        forking.freeze()
        pid = os.fork()
        if pid:
            end.close()
            self._children[os.pidfd_open(pid)] = pid, worker
            return
        code = 70
        try:
            self._be_a_worker(session, end, items, worker, workers)
            code = 0
        except Unfinished:
            code = 0
        except BaseException as error:
            self._wire.send("stop", f"{type(error).__name__}: {error}")
            raise
        finally:
            os._exit(code)

    def _be_a_worker(
        self, session: pytest.Session, end: socket.socket, items: Sequence[pytest.Item], worker: str, workers: int
    ) -> None:
        self._wire.close()
        for descriptor in self._children:
            os.close(descriptor)
        self._children = {}
        self._wire = Wire(end)
        manager = session.config.pluginmanager
        manager.unregister(name="errand")
        errand = Errand(session, self._wire, items, self._settings.retries)
        manager.register(errand, "errand")
        forking.settle(session.config, worker, workers, self._settings.run_id)
        forking.answer_stack_requests(self._settings.folder)
        self._wire.send("ready", os.getpid())
        try:
            self._obey(session, errand, self._wire, items)
        finally:
            session.config.hook.pytest_sessionfinish(session=session, exitstatus=int(bool(session.testsfailed)))
            forking.save_coverage()
        self._wire.send("ended", 0, "")

    def _replay(self, session: pytest.Session, wire: Wire, data: Any) -> None:
        """Let the plugins of this process hear of a test that ran in another."""
        config = session.config
        report = config.hook.pytest_report_from_serializable(config=config, data=data)
        if report is None:
            return
        node = report.nodeid
        if report.when == "setup":
            config.hook.pytest_runtest_logstart(nodeid=node, location=report.location)
        config.hook.pytest_runtest_logreport(report=report)
        if report.when == "teardown":
            config.hook.pytest_runtest_logfinish(nodeid=node, location=report.location)
        stop = session.shouldfail or session.shouldstop
        if stop:
            wire.send("stop", str(stop))

    def _listeners(self, config: pytest.Config) -> bool:
        """Whether a plugin listens that must hear of every test, those that pass included."""
        modules = {_module(each.plugin) for each in config.hook.pytest_runtest_logreport.get_hookimpls()}
        return any(module == _JUNIT or not module.startswith(("_pytest.", "goldenpath.")) for module in modules)

    @pytest.hookimpl(trylast=True)
    def pytest_plugin_registered(self, plugin: object, manager: pytest.PytestPluginManager) -> None:
        """Quieten pytest's reporter as soon as it is there."""
        if manager.get_name(plugin) == NAME and not isinstance(plugin, Quiet):
            self.sink = hush(plugin.config, plugin)  # type: ignore[attr-defined]


def _tools(config: pytest.Config) -> dict[str, str]:
    plugins = {each.project_name: each.version for _, each in config.pluginmanager.list_plugin_distinfo()}
    return {"python": platform.python_version(), "pytest": pytest.__version__, **plugins}


def _module(plugin: object) -> str:
    return plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
