"""The base classes: test cases for pytest, with its fixtures and marks, and for `python -m unittest` alike."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, ClassVar
from uuid import uuid4

from goldenpath.environment import get_env
from goldenpath.testcase.lifecycle import AFTER, BEFORE, raise_all, run_hooks
from goldenpath.testcase.marks import refuse_what_only_pytest_can_do, skip_reason
from goldenpath.testcase.settling import Steps, attempt, complete, settled
from goldenpath.testcase.state import CaseState
from goldenpath.testcase.tools import CaseTools

__unittest = True
"""Has unittest leave the frames of this module out of tracebacks."""

SubTests = Callable[..., AbstractContextManager[Any]]


class SSotBaseTestCase(CaseTools, unittest.TestCase):
    """A test case with every assertion and hook of unittest and every feature of a plain pytest class.

    `async def` tests and hooks are run, the environment is restored, clean-ups run last in first out. No hook of this
    class does anything, so it makes no difference in which order, or whether, a subclass calls its super().
    """

    __test__ = True
    _case_state: CaseState | None = None
    _sub_tests: SubTests | None = None
    _class_is_set_up: ClassVar[bool]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = cls.__dict__.get("setUpClass")
        if isinstance(own, classmethod):
            cls.setUpClass = classmethod(_preserving(own.__func__))  # type: ignore[assignment]

    @property
    def case_state(self) -> CaseState:
        """What the running test owns; made when first asked for."""
        if self._case_state is None:
            self._case_state = CaseState(self.id(), new_id=self.new_id)
        return self._case_state

    @staticmethod
    def new_id() -> str:
        """Where the ids of the test context come from; override it to have them fixed."""
        return uuid4().hex

    def setup_method(self, method: Any = None) -> None:
        """Called before each test, as in a plain pytest class; to be overridden, as a coroutine function too."""

    def teardown_method(self, method: Any = None) -> None:
        """Called after each test, as in a plain pytest class."""

    @classmethod
    def setup_class(cls) -> None:
        """Called before the first test of the class, as in a plain pytest class."""

    @classmethod
    def teardown_class(cls) -> None:
        """Called after the last test of the class."""

    async def asyncSetUp(self) -> None:
        """Awaited before each test, after `setUp`, on the event loop of the test."""

    async def asyncTearDown(self) -> None:
        """Awaited after each test, before `tearDown`."""

    def addAsyncCleanup(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:  # noqa: N802
        """As in `unittest.IsolatedAsyncioTestCase`; `add_cleanup` takes both kinds."""
        self.add_cleanup(function, *args, **kwargs)

    async def enterAsyncContext(self, manager: Any) -> Any:  # noqa: N802
        """Enter an async context manager that is left after the test."""
        entered = await manager.__aenter__()
        self.add_cleanup(manager.__aexit__, None, None, None)
        return entered

    def subTest(self, msg: Any = None, **params: Any) -> AbstractContextManager[Any]:  # noqa: N802
        """A part of the test that may fail by itself; the others still run."""
        if self._sub_tests is None:
            return super().subTest(msg, **params) if msg is not None else super().subTest(**params)
        return self._sub_tests(msg, **params)

    def run(self, result: unittest.TestResult | None = None) -> unittest.TestResult | None:
        """How unittest runs one test."""
        self._begin()
        with self.case_state.living():
            return super().run(result)

    def debug(self) -> None:
        """How unittest runs one test without collecting what fails."""
        self._begin()
        with self.case_state.living():
            super().debug()

    def _begin(self) -> None:
        """A state of its own for each run, and `setup_class` before it: what that does to the environment stays."""
        self._case_state = None
        self._class_failures: list[BaseException] = []
        complete(attempt(_set_up_once, self._class_failures, type(self)))

    def _callSetUp(self) -> None:  # noqa: N802
        refuse_what_only_pytest_can_do(self, self._testMethodName)
        reason = skip_reason(self, self._testMethodName)
        if reason is not None:
            raise unittest.SkipTest(reason)
        self._settle(self._set_up())

    def _callTestMethod(self, method: Callable[[], Any]) -> None:  # noqa: N802
        self._settle(settled(method()))

    def _callTearDown(self) -> None:  # noqa: N802
        self._settle(self._tear_down())

    def _callCleanup(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:  # noqa: N802
        self._settle(settled(function(*args, **kwargs)))

    def _settle(self, steps: Steps) -> None:
        self.case_state.loop.drive(steps)

    def _set_up(self) -> Steps:
        failures = self._class_failures
        if not failures:
            yield from run_hooks(self, ("setup_method", *BEFORE), failures, getattr(self, self._testMethodName))
        raise_all(failures)

    def _tear_down(self) -> Steps:
        failures: list[BaseException] = []
        for hook in (*AFTER, "teardown_method"):
            yield from run_hooks(self, (hook,), failures, getattr(self, self._testMethodName))
        raise_all(failures)


class SSotAsyncTestCase(SSotBaseTestCase):
    """The base class to name when the tests are async: it does what `SSotBaseTestCase` does for those."""


def _preserving(hook: Callable[..., Any]) -> Callable[..., Any]:
    """What `setUpClass` does to the environment ends with the class; a coroutine function is awaited."""

    @wraps(hook)
    def set_up_class(cls: type[SSotBaseTestCase]) -> None:
        cls.enterClassContext(get_env().preserved())
        complete(settled(hook(cls)))

    return set_up_class


def _set_up_once(cls: type[SSotBaseTestCase]) -> None:
    """Call `setup_class` before the first test of a class; unittest knows only `setUpClass`."""
    if cls.__dict__.get("_class_is_set_up"):
        return
    cls.enterClassContext(get_env().preserved())
    failures: list[BaseException] = []
    complete(run_hooks(cls, ("setup_class",), failures, cls))
    raise_all(failures)
    cls._class_is_set_up = True
    cls.addClassCleanup(_tear_down_once, cls)


def _tear_down_once(cls: type[SSotBaseTestCase]) -> None:
    del cls._class_is_set_up
    failures: list[BaseException] = []
    complete(run_hooks(cls, ("teardown_class",), failures, cls))
    raise_all(failures)
