from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from agent_backend.context import UnifiedIDManager
from agent_backend.execution import AgentExecutionTracker, BreakerOpen, BreakerRule, BreakerState, CircuitBreaker


@pytest.fixture
def breaker(clock: Any) -> CircuitBreaker:
    return CircuitBreaker("ask the model", clock, BreakerRule(failures=3, rest=timedelta(seconds=30)))


async def works() -> str:
    return "done"


async def fails() -> str:
    raise ValueError("no")


async def fail(breaker: CircuitBreaker, times: int) -> None:
    for _ in range(times):
        with pytest.raises(ValueError, match="no"):
            await breaker.call(fails)


@pytest.mark.asyncio
async def test_it_opens_after_so_many_failures_in_a_row(breaker: CircuitBreaker) -> None:
    await fail(breaker, 2)
    assert await breaker.call(works) == "done"
    await fail(breaker, 2)
    assert breaker.state is BreakerState.CLOSED
    await fail(breaker, 1)
    assert breaker.state is BreakerState.OPEN


@pytest.mark.asyncio
async def test_an_open_one_refuses_by_the_name_of_the_operation_and_says_when_to_come_back(
    breaker: CircuitBreaker, clock: Any
) -> None:
    await fail(breaker, 3)
    clock.move(seconds=10)
    with pytest.raises(BreakerOpen, match=r"ask the model is not tried for another 20\.0 s") as refused:
        await breaker.call(works)
    assert (refused.value.operation, refused.value.retry_in) == ("ask the model", timedelta(seconds=20))


@pytest.mark.asyncio
async def test_after_its_rest_one_success_closes_it(breaker: CircuitBreaker, clock: Any) -> None:
    await fail(breaker, 3)
    clock.move(seconds=30)
    assert breaker.state is BreakerState.HALF_OPEN
    assert await breaker.call(works) == "done"
    assert breaker.state is BreakerState.CLOSED


@pytest.mark.asyncio
async def test_after_its_rest_one_failure_opens_it_again(breaker: CircuitBreaker, clock: Any) -> None:
    await fail(breaker, 3)
    clock.move(seconds=30)
    await fail(breaker, 1)
    assert breaker.state is BreakerState.OPEN
    clock.move(seconds=29)
    assert breaker.state is BreakerState.OPEN


@pytest.mark.asyncio
async def test_while_it_tries_nobody_else_may(breaker: CircuitBreaker, clock: Any) -> None:
    await fail(breaker, 3)
    clock.move(seconds=30)

    async def nested() -> str:
        with pytest.raises(BreakerOpen):
            await breaker.call(works)
        return "done"

    assert await breaker.call(nested) == "done"


def test_the_tracker_has_one_breaker_per_operation(clock: Any, ids: UnifiedIDManager) -> None:
    tracker = AgentExecutionTracker(clock, ids)
    assert tracker.breaker("a") is tracker.breaker("a")
    assert tracker.breaker("a") is not tracker.breaker("b")
