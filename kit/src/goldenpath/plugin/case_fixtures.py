"""Fixtures that offer to functions what the test cases offer to methods."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from goldenpath.environment import IsolatedEnvironment
    from goldenpath.testcase import CaseContext, FunctionCase, Metrics
    from goldenpath.testcase.lifecycle import Cleanup
    from goldenpath.testcase.state import CaseState

FUNCTION_CASE: Final = "ssot_case"


@contextmanager
def living(request: pytest.FixtureRequest, cleanups: list[Cleanup], **chosen: Any) -> Iterator[CaseState]:
    """The state of a case while its test runs; then the clean-ups that are left, and its figures into the report."""
    from goldenpath.testcase.lifecycle import clean_up, raise_all
    from goldenpath.testcase.state import CaseState

    failures: list[BaseException] = []
    state = CaseState(request.node.nodeid, **chosen)
    with state.living():
        try:
            yield state
        except BaseException as failure:
            failures.append(failure)
        state.loop.drive(clean_up(cleanups, failures))
    request.node.user_properties.extend((name, _plain(value)) for name, value in state.metrics.told().items())
    raise_all(failures, skips())


def skips() -> tuple[type[BaseException], ...]:
    """What is raised to skip a test."""
    from unittest import SkipTest

    return SkipTest, pytest.skip.Exception


@pytest.fixture(name=FUNCTION_CASE)
def case_of_a_function(request: pytest.FixtureRequest) -> Iterator[FunctionCase]:
    """Everything that `SSotBaseTestCase` offers besides its assertions, for a test that is a function."""
    from goldenpath.testcase import FunctionCase

    case = FunctionCase()
    with living(request, case._cleanups) as case.case_state:
        yield case


@pytest.fixture
def isolated_env() -> Iterator[IsolatedEnvironment]:
    """The environment, `os.environ` included, which afterwards is exactly what it was before."""
    from goldenpath.environment import get_env

    with get_env().preserved() as env:
        yield env


@pytest.fixture
def test_context(ssot_case: FunctionCase) -> CaseContext:
    """Who this test is: its id, and a trace, a user and a session that no other test has."""
    return ssot_case.get_test_context()


@pytest.fixture
def test_metrics(ssot_case: FunctionCase) -> Metrics:
    """The figures and counters of this test; they go into its JUnit properties."""
    return ssot_case.case_state.metrics


@pytest.fixture
def user_execution_context(ssot_case: FunctionCase) -> Any:
    """A user context of this test's own: the real class where one is bound."""
    return ssot_case.create_test_user_execution_context()


def _plain(value: Any) -> Any:
    """A value that JUnit files and other processes can take."""
    return value if value is None or isinstance(value, bool | int | float | str) else repr(value)
