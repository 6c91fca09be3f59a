"""What a test leaves behind: tasks, threads, sockets, files and child processes that outlive it."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

from goldenpath.plugin.belongings import belongings
from goldenpath.plugin.body import is_async, place_of_body

if TYPE_CHECKING:
    import asyncio

SETTING: Final = "goldenpath_leaks"
MODES: Final = ("report", "fail", "off")
PROPERTY: Final = "leaks"
SHOWN: Final = 20


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(SETTING, "what becomes of tests that leave tasks, threads, sockets, files or processes behind")
    parser.getgroup("goldenpath").addoption(
        "--leaks", choices=MODES, help="tests that leave tasks, threads, sockets, files or processes: report, fail, off"
    )


def pytest_configure(config: pytest.Config) -> None:
    mode = config.getoption("--leaks") or config.getini(SETTING) or "report"
    if mode not in MODES:
        raise pytest.UsageError(f"{SETTING}: {mode!r} is none of {', '.join(MODES)}")
    if mode != "off":
        config.pluginmanager.register(LeakHooks(failing=mode == "fail"), "goldenpath-leaks")


class LeakHooks:
    """Compares what the process holds after each test with what it held before.

    What fixtures wider than a function acquire is theirs: it is added to what the test began with.
    """

    def __init__(self, *, failing: bool) -> None:
        self._failing = failing
        self._held = belongings()
        self.tasks: list[asyncio.Task[Any]] = []

    def pytest_runtestloop(self) -> None:
        self._held = belongings()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        __tracebackhide__ = True
        if fixturedef.scope == "function":
            return (yield)
        before = belongings()
        try:
            return (yield)
        finally:
            self._held = self._held.plus(belongings(before).beyond(before))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if any(isinstance(item, pytest.Function) and is_async(item) for item in session.items):
            session.config.pluginmanager.register(TaskHooks(self), "goldenpath-leaks-tasks")

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """A fixture may end the tasks of its test; pytest-asyncio's runner ends all that are left, which hides them."""
        if self.tasks and not fixturedef.argname.endswith("_scoped_runner"):
            self.tasks = [task for task in self.tasks if not _ends(task)]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Judge when all is torn down; a tear-down that failed has something more important to say."""
        __tracebackhide__ = True
        try:
            result = yield
        except BaseException:
            self._leaks()
            raise
        leaks = self._leaks()
        if leaks:
            item.user_properties.append((PROPERTY, "; ".join(leaks)))
            if self._failing:
                _refuse(item, leaks)
        return result

    def pytest_terminal_summary(self, terminalreporter: Any, config: pytest.Config) -> None:
        told = [
            f"{report.nodeid}: {value}"
            for reports in terminalreporter.stats.values()
            for report in reports
            if getattr(report, "when", None) == "teardown"
            for name, value in report.user_properties
            if name == PROPERTY
        ]
        if told and not self._failing:
            terminalreporter.section("left behind", yellow=True)
            shown = told if config.get_verbosity() > 0 else told[:SHOWN]
            for line in shown:
                terminalreporter.write_line(line)
            if len(told) > len(shown):
                terminalreporter.write_line(f"and {len(told) - len(shown)} more (-v shows them all)")
            terminalreporter.write_line(f"{len(told)} tests left something; --leaks=fail fails them", yellow=True)

    def _leaks(self) -> list[str]:
        before, self._held = self._held, belongings(self._held)
        tasks, self.tasks = self.tasks, []
        if not tasks and self._held == before:
            return []
        return [*map(_task, tasks), *self._held.beyond(before).described()]


class TaskHooks:
    """Looks for the tasks that the body of an async test leaves; registered where there are such tests."""

    def __init__(self, leaks: LeakHooks) -> None:
        self._leaks = leaks

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        __tracebackhide__ = True
        if not isinstance(item, pytest.Function) or not is_async(item) or item.get_closest_marker("simulation"):
            return (yield)
        holder, name = place_of_body(item)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(holder, name, self._watched(getattr(holder, name)))
            return (yield)

    def _watched(self, body: Callable[..., Any]) -> Callable[..., Any]:
        import asyncio

        @wraps(body)
        async def watched(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            before = _tasks_here()
            try:
                return await body(*args, **kwargs)
            finally:
                if _tasks_here() - before:
                    await asyncio.sleep(0)  # those that were cancelled get their turn to end
                self._leaks.tasks = [task for task in _tasks_here() - before if not _ends(task)]

        return watched


def _refuse(item: pytest.Item, leaks: list[str]) -> NoReturn:
    pytest.fail("\n".join([f"{item.nodeid} left behind:", *(f"  {leak}" for leak in leaks)]), pytrace=False)


def _tasks_here() -> set[asyncio.Task[Any]]:
    import asyncio

    try:
        return asyncio.all_tasks()
    except RuntimeError:  # trio's loop, which is none of asyncio's
        return set()


def _ends(task: asyncio.Task[Any]) -> bool:
    """Whether a task is over, or will be as soon as its loop runs."""
    return task.done() or task.cancelling() > 0


def _task(task: asyncio.Task[Any]) -> str:
    coroutine = task.get_coro()
    code = getattr(coroutine, "cr_code", None)
    place = f" ({code.co_filename}:{code.co_firstlineno})" if code else ""
    return f"task {task.get_name()} of {getattr(coroutine, '__qualname__', coroutine)}{place}"
