"""How pytest collects and runs `SSotBaseTestCase`: as plain classes, with the hooks of unittest around the body."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import wraps
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

from goldenpath.plugin.async_plugins import anyio_claims_all
from goldenpath.plugin.body import is_async, place_of_body
from goldenpath.plugin.case_fixtures import FUNCTION_CASE, living, skips

if TYPE_CHECKING:
    from goldenpath.testcase import SSotBaseTestCase

MODULE: Final = "goldenpath.testcase.case"
OTHER_RUNNERS: Final = ("anyio", "trio", "simulation")
"""Marks of tests that somebody else awaits."""


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Module | pytest.Class, name: str, obj: object) -> CaseClass | None:
    """Collect the classes before pytest's unittest plugin does, which would allow them neither fixtures nor params."""
    module = sys.modules.get(MODULE)
    if module is None or not inspect.isclass(obj) or not issubclass(obj, module.SSotBaseTestCase):
        return None
    if obj.__module__ == MODULE or inspect.isabstract(obj):
        return None
    return CaseClass.from_parent(collector, name=name, obj=obj)


@pytest.hookimpl(specname="pytest_pycollect_makeitem", wrapper=True, trylast=True)
def pytest_pycollect_makeitem_says_in_marks(
    collector: pytest.Collector, name: str, obj: object
) -> Generator[None, Any, Any]:
    """Put into marks what the test says otherwise: unittest's decorators, and that it is a coroutine function."""
    made = yield
    if isinstance(collector, CaseClass) and made:
        awaited_by_asyncio = collector.config.pluginmanager.has_plugin("asyncio") and not anyio_claims_all(
            collector.config
        )
        for item in made if isinstance(made, list) else [made]:
            if not isinstance(item, pytest.Function):
                continue
            if getattr(item.obj, "__unittest_skip__", False):
                item.add_marker(pytest.mark.skip(reason=getattr(item.obj, "__unittest_skip_why__", "")))
            if getattr(item.obj, "__unittest_expecting_failure__", False):
                item.add_marker(pytest.mark.xfail(reason="unittest.expectedFailure", strict=True))
            if awaited_by_asyncio and is_async(item) and not any(map(item.get_closest_marker, OTHER_RUNNERS)):
                item.add_marker("asyncio")
    return made


class CaseClass(pytest.Class):
    """A class of tests that has an `__init__`, which pytest forbids to plain ones."""

    def newinstance(self) -> SSotBaseTestCase:
        case: SSotBaseTestCase = self.obj("runTest")
        return case

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        if not getattr(self.obj, "__test__", True):
            return []
        if getattr(self.obj, "__unittest_skip__", False):
            self.add_marker(pytest.mark.skip(reason=getattr(self.obj, "__unittest_skip_why__", "")))
        self._parse_fixtures(_surroundings())
        self._parse_fixtures(self.newinstance())
        return super(pytest.Class, self).collect()

    def _parse_fixtures(self, holder: object) -> None:
        manager: Any = self.session._fixturemanager
        if "node" in inspect.signature(manager.parsefactories).parameters:
            manager.parsefactories(holder=holder, node=self)
        else:
            manager.parsefactories(holder, self.nodeid)


@pytest.fixture(autouse=True, scope="class", name="_goldenpath_class")
def around_class(request: pytest.FixtureRequest) -> Iterator[None]:
    """Call the hooks of the class, unittest's and pytest's."""
    from goldenpath.testcase import SSotBaseTestCase, classes

    with classes.around_class(request.cls, skips()) if issubclass(request.cls, SSotBaseTestCase) else nullcontext():
        yield


@pytest.fixture(autouse=True, name="_goldenpath_case")
def around_case(request: pytest.FixtureRequest) -> Iterator[None]:
    """Give the test its state, and take back afterwards what it did to the process."""
    from goldenpath.testcase import SSotBaseTestCase

    case = request.instance
    if not isinstance(case, SSotBaseTestCase):  # a plain class inside a test case
        yield
        return
    case._testMethodName = request.node.originalname
    case._testMethodDoc = request.function.__doc__
    case._sub_tests = _sub_tests(request)
    with living(request, case._cleanups, new_id=case.new_id) as case._case_state:
        _run(case, "setup_method")
        yield
        _run(case, "teardown_method")


def _run(case: SSotBaseTestCase, hook: str) -> None:
    from goldenpath.testcase.lifecycle import called_hooks, raise_all, run_hooks

    failures: list[BaseException] = []
    method = getattr(case, case._testMethodName)
    case.case_state.loop.drive(run_hooks(case, called_hooks(case, hook), failures, method))
    raise_all(failures, skips())


def _surroundings() -> ModuleType:
    """The fixtures above as a module of their own: pytest would use those of a plugin for every test there is."""
    holder = ModuleType("goldenpath.surroundings")
    vars(holder).update(_AUTOUSE)
    return holder


_AUTOUSE: Final = {"around_class": around_class, "around_case": around_case}
del around_class, around_case


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Put the hooks around the body, as a coroutine where the body is one: whoever awaits it awaits them too."""
    __tracebackhide__ = True
    if not isinstance(item, pytest.Function):
        return (yield)
    case = item.instance if isinstance(item.parent, CaseClass) else item.funcargs.get(FUNCTION_CASE)
    if case is None:
        return (yield)
    holder, name = place_of_body(item)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holder, name, surrounded(case, getattr(holder, name)))
        return (yield)


@pytest.hookimpl
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Await a test that nobody else has claimed, on a loop of its own."""
    __tracebackhide__ = True
    if not isinstance(pyfuncitem.parent, CaseClass) or not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    from goldenpath.testcase.settling import new_runner

    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    with new_runner() as runner:
        runner.run(pyfuncitem.obj(**arguments))
    return True


def surrounded(case: Any, body: Callable[..., Any]) -> Callable[..., Any]:
    """The body with the hooks of its case around it: a coroutine function if it is one."""
    from goldenpath.testcase.lifecycle import around
    from goldenpath.testcase.settling import drive

    if inspect.iscoroutinefunction(body):

        @wraps(body)
        async def awaited(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            return await drive(around(case, lambda: body(*args, **kwargs), case._cleanups, skips()))

        return awaited

    @wraps(body)
    def called(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return case.case_state.loop.drive(around(case, lambda: body(*args, **kwargs), case._cleanups, skips()))

    return called


def _sub_tests(request: pytest.FixtureRequest) -> Callable[..., AbstractContextManager[Any]]:
    """How `subTest` reports: with pytest's own `subtests`, and where that is missing, all failures after the test."""

    def sub_test(msg: Any = None, **params: Any) -> AbstractContextManager[Any]:
        try:
            subtests = request.getfixturevalue("subtests")
        except pytest.FixtureLookupError:
            return _noting(request.instance, msg, params)
        manager: AbstractContextManager[Any] = subtests.test(msg, **params)
        return manager

    return sub_test


@contextmanager
def _noting(case: Any, msg: Any, params: dict[str, Any]) -> Iterator[None]:
    try:
        yield
    except Exception as failure:
        failure.add_note(f"in subTest({', '.join([*filter(None, [msg]), *(f'{k}={v!r}' for k, v in params.items())])})")
        case.add_cleanup(_raise, failure)


def _raise(failure: BaseException) -> NoReturn:
    raise failure
