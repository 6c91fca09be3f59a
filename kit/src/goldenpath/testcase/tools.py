"""Everything a test case offers besides its assertions, for classes and for functions alike."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from goldenpath.environment import IsolatedEnvironment, get_env
from goldenpath.testcase.context import CaseContext
from goldenpath.testcase.counting import Counting
from goldenpath.testcase.judged import Judged
from goldenpath.testcase.lifecycle import Cleanup
from goldenpath.testcase.metrics import Metrics
from goldenpath.testcase.settling import drive
from goldenpath.testcase.state import CaseState
from goldenpath.testcase.waiting import inside_a_loop, pausing, until, within


class ExpectedException:
    """The exception that a block raised, once it has."""

    value: BaseException


class CaseTools(Counting):
    """Environment, identity, figures, clean-ups and waiting of one test."""

    if TYPE_CHECKING:
        _cleanups: list[Cleanup]

        @property
        def case_state(self) -> CaseState: ...

    @property
    def _metrics(self) -> Metrics:
        return self.case_state.metrics

    def get_env(self) -> IsolatedEnvironment:
        """The environment of the process; whatever the test does to it ends with the test."""
        return get_env()

    def set_env_var(self, key: str, value: str) -> None:
        """Set a variable until the test ends."""
        get_env().set(key, value, source=self.get_test_context().test_id)

    def get_env_var(self, key: str, default: str | None = None) -> str | None:
        """The value of a variable; only one that is not set gives the default."""
        return get_env().get(key, default)

    def delete_env_var(self, key: str) -> None:
        """Remove a variable until the test ends."""
        get_env().delete(key, source=self.get_test_context().test_id)

    @contextmanager
    def temp_env_vars(self, **variables: str | None) -> Iterator[IsolatedEnvironment]:
        """Set variables for one block, `os.environ` included; None removes one."""
        source = f"temp_env_vars of {self.get_test_context().test_id}"
        with get_env().preserved() as env:
            env.update({key: value for key, value in variables.items() if value is not None}, source=source)
            for key in [key for key, value in variables.items() if value is None]:
                env.delete(key, source=source)
            yield env

    def assert_env_var_set(self, key: str, expected: str | None = None) -> None:
        """The variable is set, and to this value if one is given."""
        value = get_env().get(key)
        shown = get_env().masked({key: value or ""})
        if value is None:
            raise AssertionError(f"{key} is not set")
        if expected is not None and value != expected:
            raise AssertionError(f"{key} has another value than expected: {shown!r}")

    def assert_env_var_not_set(self, key: str) -> None:
        """The variable is not set, not even to an empty string."""
        if get_env().exists(key):
            raise AssertionError(f"{key} is set, by {get_env().source_of(key)}")

    def get_test_context(self) -> CaseContext:
        """Who this test is: its id, and a trace, a user and a session that no other test has."""
        return self.case_state.context

    def create_test_user_execution_context(
        self, user_id: str | None = None, thread_id: str | None = None, **more: Any
    ) -> Any:
        """A user context of this test's own: the real class where one is bound, with ids that nobody else has."""
        from goldenpath.doubles import SSotMockFactory

        new_id = self.case_state.new_id
        ids: dict[str, Any] = {
            "user_id": user_id or self.get_test_context().user_id,
            "thread_id": thread_id or f"thread-{new_id()}",
        }
        for name, prefix in (("run_id", "run"), ("request_id", "request")):
            ids[name] = more.pop(name, None) or f"{prefix}-{new_id()}"
        return SSotMockFactory.create_mock_user_context(**ids, **more)

    def add_cleanup(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        """Call this after the test, the last one added first, and await it if it asks for that; its failure fails."""
        if not callable(function):
            raise TypeError(f"a clean-up is a function, to be called after the test; got {function!r}")
        self._cleanups.append((function, args, kwargs))

    @contextmanager
    def expect_exception(
        self, kind: type[BaseException] | tuple[type[BaseException], ...], message_pattern: str | None = None
    ) -> Iterator[ExpectedException]:
        """The block raises this, with a message that the pattern is found in; `value` is the exception afterwards."""
        expected = ExpectedException()
        try:
            yield expected
        except kind as raised:
            expected.value = raised
        else:
            raise AssertionError(f"{_names(kind)} was expected, and nothing was raised")
        if message_pattern is not None and not re.search(message_pattern, str(expected.value)):
            raise AssertionError(
                f"{type(expected.value).__name__} was expected and raised, but its message {str(expected.value)!r} "
                f"holds nothing like {message_pattern!r}"
            ) from expected.value

    def assert_execution_time_under(self, seconds: float) -> Judged:
        """The test took less than this so far; as a `with` block, the block does too."""
        metrics, start = self._metrics, 0.0

        def judge() -> None:
            _require_under(metrics.elapsed() - start, seconds)

        def enter() -> None:
            nonlocal start
            start = metrics.elapsed()

        judge()
        return Judged(enter, judge)

    def assert_no_errors_logged(self) -> Judged:
        """Nothing was logged as an error since the test began; as a `with` block, until the block ends."""
        logged = self.case_state.logged
        logged.require_none()
        return Judged(logged.require_none, logged.require_none)

    def wait_for_condition(
        self,
        condition: Callable[[], Any],
        timeout: float = 10.0,
        interval: float = 0.05,
        message: str | None = None,
    ) -> Any:
        """Wait until a function, async or not, gives something true, and give that.

        To be awaited in async code; in a synchronous test it waits by itself.
        """
        awaited = inside_a_loop()
        steps = until(condition, timeout, message, pausing(interval, awaited=awaited))
        return drive(steps) if awaited else self.case_state.loop.drive(steps)

    def run_with_timeout(self, awaitable: Awaitable[Any] | Callable[[], Awaitable[Any]], timeout: float = 30.0) -> Any:
        """Await this, or what this gives, and no longer than the time-out.

        To be awaited in async code; in a synchronous test it waits by itself.
        """
        started = awaitable() if callable(awaitable) else awaitable
        if not isinstance(started, Awaitable):
            raise TypeError(f"a time-out can only interrupt what is awaited, and {awaitable!r} is not awaitable")
        limited = within(started, timeout)
        return limited if inside_a_loop() else self.case_state.loop.wait(limited)


class FunctionCase(CaseTools):
    """The tools for a test that is a function: the fixture `ssot_case`."""

    case_state: CaseState

    def __init__(self) -> None:
        self._cleanups: list[Cleanup] = []


def _names(kind: type[BaseException] | tuple[type[BaseException], ...]) -> str:
    return " or ".join(each.__name__ for each in (kind if isinstance(kind, tuple) else (kind,)))


def _require_under(elapsed: float, seconds: float) -> None:
    if elapsed >= seconds:
        raise AssertionError(f"it took {elapsed:.3f} s, and less than {seconds:g} s was asserted")
