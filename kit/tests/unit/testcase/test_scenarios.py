# goldenpath: ignore-file[GP401, GP402] reason="what a case does to os.environ is what is tested" until=2027-11-30
"""What a test author touches all day: the base class itself, its environment, its reports, and async."""

from __future__ import annotations

import asyncio
import logging
import os
import unittest
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from goldenpath import SSotAsyncTestCase, SSotBaseTestCase, get_env
from goldenpath.testcase import FunctionCase, Metrics
from goldenpath.testcase.state import CaseState


class TestFoundation(SSotBaseTestCase):
    def test_it_is_a_unittest_case_with_every_assertion(self) -> None:
        self.assertIsInstance(self, unittest.TestCase)
        assert {name for name in dir(unittest.TestCase) if name.startswith("assert")} <= set(dir(self))

    def test_it_knows_which_test_it_is(self) -> None:
        assert self.id().endswith("test_it_knows_which_test_it_is")
        assert self.get_test_context().test_id.endswith("::TestFoundation::test_it_knows_which_test_it_is")

    @pytest.mark.parametrize("number", [1, 2])
    def test_it_takes_fixtures_and_parameters(self, number: int, request: pytest.FixtureRequest) -> None:
        assert request.instance is self
        assert request.node.callspec.params == {"number": number}

    def test_it_has_a_state_although_nothing_was_set_up(self) -> None:
        assert self.get_all_metrics()["db_queries"] == 0
        assert isinstance(self.case_state, CaseState)


class TestEnvironment(SSotBaseTestCase):
    @pytest.fixture(autouse=True)
    def nothing_of_another_test(self) -> None:
        assert "CASE_REGION" not in os.environ
        assert not get_env().isolated

    def test_code_that_reads_either_way_sees_what_was_set(self) -> None:
        self.set_env_var("CASE_REGION", "eu")
        assert os.environ["CASE_REGION"] == get_env().get("CASE_REGION") == self.get_env_var("CASE_REGION") == "eu"
        assert str(get_env().source_of("CASE_REGION")).endswith("test_code_that_reads_either_way_sees_what_was_set")

    def test_isolation_ends_with_the_test(self) -> None:
        self.get_env().enable_isolation()
        self.set_env_var("CASE_REGION", "eu")
        assert "CASE_REGION" not in os.environ

    def test_direct_writes_and_deletions_are_taken_back(self) -> None:
        os.environ["CASE_REGION"] = "eu"
        self.delete_env_var("PATH")
        self.assert_env_var_not_set("PATH")

    def test_a_deleted_variable_is_back(self) -> None:
        self.assert_env_var_set("PATH")
        with self.expect_exception(AssertionError, "PATH has another value"):
            self.assert_env_var_set("PATH", "elsewhere")

    def test_temporary_variables_nest(self) -> None:
        with self.temp_env_vars(CASE_REGION="eu", PATH=None):
            with self.temp_env_vars(CASE_REGION="us"):
                assert os.environ["CASE_REGION"] == "us"
            assert os.environ["CASE_REGION"] == "eu"
            self.assert_env_var_not_set("PATH")


class TestConsistency(SSotBaseTestCase):
    ids: set[str] = set()

    @pytest.mark.parametrize("time", [1, 2])
    def test_every_test_is_somebody_else(self, time: int) -> None:
        context = self.get_test_context()
        assert context is self.get_test_context()
        assert not self.ids & {context.trace_id, context.user_id, context.session_id}
        self.ids.update({context.trace_id, context.user_id, context.session_id})
        assert len(self.ids) == 3 * time

    def test_a_user_context_belongs_to_the_test(self) -> None:
        mine, other = self.create_test_user_execution_context(), self.create_test_user_execution_context()
        assert mine.user_id == other.user_id == self.get_test_context().user_id
        assert len({mine.run_id, mine.request_id, mine.thread_id, other.run_id, other.request_id, other.thread_id}) == 6
        assert self.create_test_user_execution_context(user_id="ada", run_id="r1").run_id == "r1"

    def test_metrics_begin_anew(self) -> None:
        with self.expect_exception(AssertionError, "any metric was not recorded"):
            self.assert_metrics_recorded()
        self.record_metric("rows", 1)
        self.assert_metrics_recorded("rows")


class TestReporting(SSotBaseTestCase):
    def test_counters_and_trackers(self) -> None:
        kinds: list[tuple[Callable[[int], None], Callable[[], int], Callable[[], Any]]] = [
            (self.increment_db_query_count, self.get_db_query_count, self.track_db_queries),
            (self.increment_redis_ops_count, self.get_redis_ops_count, self.track_redis_operations),
            (self.increment_websocket_events, self.get_websocket_events_count, self.track_websocket_events),
            (self.increment_llm_requests, self.get_llm_requests_count, self.track_llm_requests),
        ]
        for number, (increment, count, track) in enumerate(kinds, 1):
            increment(1)
            with track() as tracked:
                increment(number)
            assert (tracked.count, count()) == (number, number + 1)
            assert self.get_metric(f"{tracked.counter}_time") == tracked.seconds
        with self.expect_exception(ValueError, "cannot go down"):
            self.increment_db_query_count(-1)

    def test_a_missing_metric_is_named_with_the_nearest(self) -> None:
        self.record_metric("rows_read", 3)
        with self.expect_exception(AssertionError, r"'row_read' was not recorded; did you mean 'rows_read'\?"):
            self.assert_metrics_recorded("row_read")
        with self.expect_exception(ValueError, "kept by the test case itself"):
            self.record_metric("db_queries", 3)

    def test_an_expected_exception_that_does_not_come_fails(self) -> None:
        with self.assertRaisesRegex(AssertionError, "ValueError or KeyError was expected, and nothing was raised"):
            with self.expect_exception((ValueError, KeyError)):
                pass
        with self.assertRaisesRegex(AssertionError, "holds nothing like 'twelve'"):
            with self.expect_exception(ValueError, "twelve"):
                raise ValueError("eleven")
        with self.assertRaises(OSError), self.expect_exception(ValueError):
            raise OSError

    def test_errors_that_are_logged_are_found_wherever_they_go(self) -> None:
        logger = logging.getLogger("goldenpath.tests.silent")
        logger.propagate = False
        logger.addHandler(logging.NullHandler())
        self.assert_no_errors_logged()
        with self.assertRaisesRegex(AssertionError, "1 logged as an error.*\n.*ERROR goldenpath.tests.silent: no disk"):
            with self.assert_no_errors_logged():
                logger.error("no %s", "disk")
        with self.assertRaises(AssertionError):
            self.assert_no_errors_logged()


class TestAsync(SSotAsyncTestCase):
    async def asyncSetUp(self) -> None:
        self.loop = asyncio.get_running_loop()

    async def test_hooks_and_body_share_a_loop(self) -> None:
        assert self.loop is asyncio.get_running_loop()
        self.add_cleanup(self.is_on_the_loop)

    async def is_on_the_loop(self) -> None:
        assert self.loop is asyncio.get_running_loop()

    async def test_a_condition_that_never_holds_tells_the_last_answer(self) -> None:
        answers = iter(range(100))
        with self.assertRaisesRegex(
            TimeoutError, "the order did not come within 0 s; asked 1 times, the last answer was 0"
        ):
            await self.wait_for_condition(lambda: next(answers) > 99 or 0, timeout=0, message="the order did not come")

    async def test_what_takes_too_long_is_cancelled_and_named(self) -> None:
        ended = asyncio.Event()

        async def forever() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        with self.assertRaisesRegex(TimeoutError, "forever did not end within 0.001 s and was cancelled"):
            await self.run_with_timeout(forever(), timeout=0.001)
        assert ended.is_set()

    def test_a_synchronous_test_waits_by_itself(self) -> None:
        async def answer() -> int:
            return 7

        assert self.run_with_timeout(answer) == 7
        assert self.wait_for_condition(answer, timeout=1) == 7
        with self.assertRaisesRegex(TypeError, "a time-out can only interrupt what is awaited"):
            self.run_with_timeout(3)  # type: ignore[arg-type]


def test_a_function_is_offered_the_same(ssot_case: FunctionCase) -> None:
    ssot_case.set_env_var("CASE_REGION", "eu")
    ssot_case.increment_llm_requests()
    ssot_case.assert_metrics_recorded("llm_requests")
    assert ssot_case.get_test_context().test_id.endswith("test_a_function_is_offered_the_same")


@pytest.mark.asyncio
async def test_an_async_function_is_cleaned_up_on_its_loop(ssot_case: FunctionCase) -> None:
    loop = asyncio.get_running_loop()

    async def clean_up() -> None:
        assert asyncio.get_running_loop() is loop

    ssot_case.add_cleanup(clean_up)
    assert await ssot_case.wait_for_condition(lambda: True)


def test_nothing_of_the_functions_is_left() -> None:
    assert "CASE_REGION" not in os.environ


def test_the_time_of_a_test_and_of_a_block_is_judged_by_the_clock_it_was_given() -> None:
    now = 0.0
    case = FunctionCase()
    case.case_state = CaseState("test", clock=lambda: now)
    case.assert_execution_time_under(1)
    now = 0.9
    with case.assert_execution_time_under(1):
        now = 1.8
    with pytest.raises(AssertionError, match=r"it took 1\.800 s, and less than 1 s was asserted"):
        case.assert_execution_time_under(1)
    now = 0.5
    with pytest.raises(AssertionError, match=r"it took 3\.000 s"):
        with case.assert_execution_time_under(2):
            now = 3.5


def test_the_ids_of_a_case_can_be_fixed() -> None:
    ids = iter("abc")
    context = CaseState("test", new_id=lambda: next(ids)).context
    assert (context.trace_id, context.user_id, context.session_id) == ("trace-a", "user-b", "session-c")


def test_another_record_factory_on_top_stays_and_is_served() -> None:
    first = logging.getLogRecordFactory()
    state = CaseState("test")
    try:
        with state.living():
            under = logging.getLogRecordFactory()
            logging.setLogRecordFactory(lambda *args, **kwargs: under(*args, **kwargs))
            on_top = logging.getLogRecordFactory()
            logging.getLogger("goldenpath.tests").error("found")
            with pytest.raises(AssertionError, match="found"):
                state.logged.require_none()
        assert logging.getLogRecordFactory() is on_top
    finally:
        logging.setLogRecordFactory(first)


def test_metrics_tell_only_what_there_is_to_tell() -> None:
    metrics = Metrics(clock=lambda: 0.0)
    assert metrics.told() == {}
    metrics.add("db_queries", 2)
    metrics.record("rows", 3)
    assert metrics.told() == {"db_queries": 2, "rows": 3}


def test_a_case_leaves_the_current_event_loop_of_its_thread_alone() -> None:
    def before_and_after() -> bool:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        state = CaseState("test")
        with state.living():
            state.loop.wait(asyncio.sleep(0))
        loop.close()
        return asyncio.get_event_loop() is loop

    with ThreadPoolExecutor(1) as elsewhere:
        assert elsewhere.submit(before_and_after).result()
