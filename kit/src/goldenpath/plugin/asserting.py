"""Which functions assert, besides the assert statement: a table, and how their calls are counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import wraps
from types import FunctionType, ModuleType
from typing import Any, Final, ParamSpec, TypeVar

from goldenpath.plugin.arrivals import Arrivals
from goldenpath.plugin.tally import TALLY

P = ParamSpec("P")
R = TypeVar("R")

ASSERTING: Final[Mapping[str, tuple[str, ...]]] = {
    "unittest.case": ("TestCase.assert*",),
    "unittest.mock": ("NonCallableMock.assert_*", "AsyncMockMixin.assert_*"),
    "_pytest.raises": ("RaisesExc.__exit__", "RaisesGroup.__exit__"),
    "_pytest.python_api": ("RaisesContext.__exit__",),
    "_pytest.recwarn": ("WarningsChecker.__exit__",),
    "_pytest.pytester": ("RunResult.assert_*", "LineMatcher.*match_line*"),
    "goldenpath.contracts.contract": ("EventContract.check",),
    "goldenpath.contracts.checker": ("Checker.finish",),
    "goldenpath.databases.agreement": ("assert_*",),
    "goldenpath.doubles.assertions": ("Record.[!_]*", "sequence"),
    "goldenpath.doubles.conformance.refusal": ("refused",),
    "goldenpath.doubles.workshop": ("Workshop.verify",),
    "goldenpath.live.client": ("WebSocketTestClient.wait_for_event*", "WebSocketTestClient.events_until"),
    "goldenpath.services.docker.utility": ("DockerTestUtility.assert_*",),
    "goldenpath.simulation.properties": ("Properties.always", "Properties.eventually", "Properties.sometimes"),
    "goldenpath.tenancy.report": ("LeakReport.require",),
    "goldenpath.testcase.counting": ("Counting.assert_*",),
    "goldenpath.testcase.tools": ("CaseTools.assert_*", "CaseTools.expect_exception"),
    "goldenpath.websocket.assertions": ("WebSocketAssertions.assert_*",),
    "numpy.testing._private.utils": ("assert_*",),
    "pandas._testing.asserters": ("assert_*",),
}
"""The functions of a module, or the methods of its classes, by name or pattern."""


def watch(arrivals: Arrivals, more: Mapping[str, tuple[str, ...]]) -> Callable[[], None]:
    """Count the calls of everything in the table, and of `more`, until the returned function is called."""
    replaced: list[tuple[Any, str, Any]] = []

    def count_in(module: ModuleType) -> None:
        replaced.extend(_count_in(module, [*ASSERTING.get(module.__name__, ()), *more.get(module.__name__, ())]))

    def put_back() -> None:
        for holder, name, member in reversed(replaced):
            setattr(holder, name, member)

    for name in {*ASSERTING, *more}:
        arrivals.await_module(name, count_in)
    return put_back


def _count_in(module: ModuleType, patterns: Iterable[str]) -> Iterator[tuple[Any, str, Any]]:
    for pattern in patterns:
        owner, _, names = pattern.rpartition(".")
        holder = getattr(module, owner, None) if owner else module
        for name, member in list(vars(holder).items()) if holder is not None else ():
            if isinstance(member, FunctionType) and fnmatchcase(name, names):
                setattr(holder, name, counted(member))
                yield holder, name, member


def counted(function: Callable[P, R]) -> Callable[P, R]:
    """Have each call of a function count as one assertion, whatever it calls in turn."""

    @wraps(function)
    def asserting(*args: P.args, **kwargs: P.kwargs) -> R:
        __tracebackhide__ = True
        if TALLY.inside:
            return function(*args, **kwargs)
        TALLY.calls += 1
        TALLY.inside = True
        try:
            return function(*args, **kwargs)
        finally:
            TALLY.inside = False

    return asserting
