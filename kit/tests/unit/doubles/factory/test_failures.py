"""Failures on purpose: planned, drawn from a seed, replayable, and reported when they never came."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goldenpath.doubles import SimulatedFailure, SSotMockFactory


async def outcomes(session: Any, calls: int) -> list[bool]:
    """Which of so many calls failed."""
    failed = []
    for _ in range(calls):
        try:
            await session.execute("SELECT 1")
        except SimulatedFailure:
            failed.append(True)
        else:
            failed.append(False)
    return failed


@pytest.mark.asyncio
async def test_nothing_fails_unless_it_was_told_to(factory: SSotMockFactory) -> None:
    assert not any(await outcomes(factory.create_database_session_mock(), 50))


@pytest.mark.asyncio
async def test_a_rate_of_one_fails_always_and_of_zero_never(factory: SSotMockFactory) -> None:
    assert all(await outcomes(factory.create_database_session_mock(failure_rate=1), 20))
    assert not any(await outcomes(factory.create_database_session_mock(failure_rate=0.0), 20))


@pytest.mark.asyncio
async def test_the_same_seed_fails_the_same_calls_and_another_seed_others(factory: SSotMockFactory) -> None:
    first, again, other = [
        await outcomes(factory.create_database_session_mock(failure_rate=0.5, seed=seed), 64) for seed in (7, 7, 8)
    ]
    assert first == again
    assert first != other
    assert 0 < sum(first) < 64


@pytest.mark.asyncio
async def test_calls_fail_by_their_number_within_their_method(factory: SSotMockFactory) -> None:
    session = factory.create_database_session_mock(fail_on_call=(2, 4))
    assert await outcomes(session, 5) == [False, True, False, True, False]
    await session.commit()
    with pytest.raises(SimulatedFailure, match=r"database_session\.commit fails on purpose: call 2, seed 0"):
        await session.commit()


@pytest.mark.asyncio
async def test_what_it_fails_with_is_raised_as_it_is(factory: SSotMockFactory) -> None:
    error = ConnectionError("the database is gone")
    session = factory.create_database_session_mock(fail_with=error, fail_on_call=1)
    with pytest.raises(ConnectionError) as caught:
        await session.execute("SELECT 1")
    assert caught.value is error
    with pytest.raises(TimeoutError):
        await factory.create_tool_mock(fail_with=TimeoutError).execute()


@pytest.mark.asyncio
async def test_a_failing_call_is_recorded_all_the_same(factory: SSotMockFactory) -> None:
    tool = factory.create_tool_mock(failure_rate=1.0)
    with pytest.raises(SimulatedFailure):
        await tool.execute(query="x")
    tool.execute.assert_called_once_with(query="x")


@pytest.mark.asyncio
async def test_a_method_that_waits_for_nothing_does_not_fail(factory: SSotMockFactory) -> None:
    agent = factory.create_agent_mock(failure_rate=1.0)
    assert "text_processing" in agent.get_capabilities()
    with pytest.raises(SimulatedFailure):
        await agent.execute()


def test_where_no_method_waits_every_method_fails(factory: SSotMockFactory) -> None:
    with pytest.raises(SimulatedFailure):
        factory.create_execution_context_mock("u", "t", failure_rate=1.0).get_state()
    with pytest.raises(SimulatedFailure):
        factory.create_mock_user_context(failure_rate=1.0).get_state()


@pytest.mark.asyncio
async def test_a_nested_method_fails_too(factory: SSotMockFactory) -> None:
    client = factory.create_llm_client_mock(fail_with=TimeoutError)
    with pytest.raises(TimeoutError):
        await client.chat.completions.create(model="m", messages=[])


class VirtualTime(asyncio.SelectorEventLoop):
    """A loop that jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0

    def time(self) -> float:
        return super().time() + self.skipped

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.skipped += max(0.0, self._scheduled[0]._when - self.time())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def test_latency_is_the_loops_time_so_virtual_time_makes_it_free(factory: SSotMockFactory) -> None:
    async def call(**conditions: Any) -> float:
        tool = factory.create_tool_mock(**conditions)
        start = asyncio.get_running_loop().time()
        await tool.execute()
        return asyncio.get_running_loop().time() - start

    with asyncio.Runner(loop_factory=VirtualTime) as runner:
        assert runner.run(call(latency=3600.0)) >= 3600
        drawn = [runner.run(call(latency=(100.0, 200.0), seed=seed)) for seed in (1, 2)]
    assert all(100 <= seconds < 201 for seconds in drawn)
    assert abs(drawn[0] - drawn[1]) > 1


@pytest.mark.parametrize(
    ("conditions", "error", "message"),
    [
        ({"failure_rate": 2}, ValueError, "failure_rate is a number from 0 .never. to 1 .always., not 2"),
        ({"failure_rate": -0.1}, ValueError, "failure_rate"),
        ({"failure_rate": float("nan")}, ValueError, "failure_rate"),
        ({"failure_rate": "high"}, TypeError, "failure_rate is a number from 0 to 1, not 'high'"),
        ({"failure_rate": True}, TypeError, "failure_rate"),
        ({"fail_with": "boom"}, TypeError, "fail_with is an exception or an exception class, not 'boom'"),
        ({"fail_with": int}, TypeError, "fail_with"),
        ({"fail_on_call": 0}, ValueError, "fail_on_call counts from 1, so there is no call 0"),
        ({"fail_on_call": [1, "2"]}, TypeError, "fail_on_call is the number of a call"),
        ({"fail_on_call": 1.5}, TypeError, "fail_on_call is the number of a call, or several numbers, not 1.5"),
        ({"latency": -1}, ValueError, "latency is 0 seconds or more"),
        ({"latency": (2.0, 1.0)}, ValueError, "the shortest first"),
        ({"latency": "slow"}, TypeError, "latency is seconds"),
        ({"latency": float("nan")}, ValueError, "latency"),
        ({"seed": "x"}, TypeError, "seed is a whole number, not 'x'"),
        ({"tenant": 7}, TypeError, "tenant is a name, not 7"),
        ({"failure_rat": 1}, TypeError, "failure_rat.*failure_rate, fail_with, fail_on_call, latency, seed, tenant"),
    ],
)
def test_a_wrong_condition_is_refused_saying_what_is_allowed(
    factory: SSotMockFactory, conditions: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        factory.create_agent_mock(**conditions)
    with pytest.raises(error, match=message):
        factory.create_mock_user_context(**conditions)


@pytest.mark.asyncio
async def test_verifying_names_a_planned_failure_that_never_came(factory: SSotMockFactory) -> None:
    session = factory.create_database_session_mock(fail_on_call=3)
    await session.execute("SELECT 1")
    with pytest.raises(
        AssertionError, match=r"database_session: was to fail on call 3 and never did .called: execute 1 time"
    ):
        factory.verify_all()
    await session.execute("SELECT 1")
    with pytest.raises(SimulatedFailure):
        await session.execute("SELECT 1")
    factory.verify_all()


@pytest.mark.asyncio
async def test_resetting_replays_the_same_failures(factory: SSotMockFactory) -> None:
    session = factory.create_database_session_mock(failure_rate=0.5, seed=3)
    first = await outcomes(session, 32)
    factory.reset_all()
    assert session.execute.call_count == 0
    assert await outcomes(session, 32) == first


@given(rate=st.floats(0.0, 1.0), seed=st.integers())
def test_a_rate_is_kept_over_many_calls_whatever_the_seed(rate: float, seed: int) -> None:
    session = SSotMockFactory().create_database_session_mock(failure_rate=rate, seed=seed)
    failed = sum(asyncio.run(outcomes(session, 400)))
    assert abs(failed - 400 * rate) <= 80
