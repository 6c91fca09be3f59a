"""Circuit breakers around a real store that goes away and comes back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from agent_backend.context import UnifiedIDManager
from agent_backend.execution import AgentExecutionTracker, BreakerOpen, BreakerRule, BreakerState, CircuitBreaker
from agent_backend.storage import RedisStore
from goldenpath import ServiceStack

from ..clock import StillClock

pytestmark = pytest.mark.asyncio
RULE = BreakerRule(failures=3, rest=timedelta(seconds=30))


class Store:
    """A database that can be closed to everybody."""

    def __init__(self, url: str, admin_url: str) -> None:
        self._url = url
        self._admin_url = admin_url
        self.asked = 0

    def let(self, *, in_: bool) -> None:
        statement = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        name = sql.Identifier(urlsplit(self._url).path.strip("/"))
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(statement.format(name, sql.Literal(in_)))

    async def ask(self) -> int:
        """One question over a connection of its own."""
        self.asked += 1
        async with await psycopg.AsyncConnection.connect(self._url) as connection:
            row = await (await connection.execute("SELECT 42")).fetchone()
        return row[0] if row else 0


@pytest.fixture
def store(database_url: str, stores: ServiceStack) -> Iterator[Store]:
    postgres = stores["postgres"]
    store = Store(database_url, postgres.admin_url or postgres.url)
    yield store
    store.let(in_=True)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def tracker(clock: StillClock) -> AgentExecutionTracker:
    return AgentExecutionTracker(clock, UnifiedIDManager(clock))


async def failed(breaker: CircuitBreaker, store: Store, times: int) -> None:
    for _ in range(times):
        with pytest.raises(psycopg.OperationalError):
            await breaker.call(store.ask)


async def test_a_breaker_is_closed_open_or_half_open_and_by_default_after_five_failures(
    tracker: AgentExecutionTracker, clock: StillClock, store: Store
) -> None:
    breaker = tracker.breaker("postgres")
    assert breaker.state is BreakerState.CLOSED
    store.let(in_=False)
    await failed(breaker, store, 4)
    assert breaker.state is BreakerState.CLOSED
    await failed(breaker, store, 1)
    assert breaker.state is BreakerState.OPEN
    clock.leap(seconds=29.9)
    assert breaker.state is BreakerState.OPEN
    clock.leap(seconds=0.1)
    assert breaker.state.value == "half_open"


async def test_a_breaker_opens_by_failures_rests_and_recovers_when_the_store_is_back(
    tracker: AgentExecutionTracker, clock: StillClock, store: Store
) -> None:
    breaker = tracker.breaker("postgres", RULE)
    store.let(in_=False)
    await failed(breaker, store, 3)
    clock.leap(seconds=30)
    await failed(breaker, store, 1)
    assert (breaker.state, store.asked) == (BreakerState.OPEN, 4)
    store.let(in_=True)
    clock.leap(seconds=30)
    assert await breaker.call(store.ask) == 42
    assert breaker.state is BreakerState.CLOSED
    store.let(in_=False)
    await failed(breaker, store, 2)
    assert breaker.state is BreakerState.CLOSED


async def test_a_call_under_a_breaker_returns_what_the_store_says_and_is_not_made_while_it_is_open(
    tracker: AgentExecutionTracker, clock: StillClock, store: Store
) -> None:
    breaker = tracker.breaker("postgres", RULE)
    assert await breaker.call(store.ask) == 42
    store.let(in_=False)
    await failed(breaker, store, 3)
    with pytest.raises(BreakerOpen):
        await breaker.call(store.ask)
    assert store.asked == 4


async def test_a_half_open_breaker_lets_one_of_many_calls_through(
    tracker: AgentExecutionTracker, clock: StillClock, store: Store
) -> None:
    breaker = tracker.breaker("postgres", RULE)
    store.let(in_=False)
    await failed(breaker, store, 3)
    store.let(in_=True)
    clock.leap(seconds=30)
    answers = await asyncio.gather(*(breaker.call(store.ask) for _ in range(5)), return_exceptions=True)
    assert [each for each in answers if each == 42] == [42]
    assert sum(isinstance(each, BreakerOpen) for each in answers) == 4


async def test_the_error_of_an_open_breaker_names_the_operation_and_when_it_is_tried_again(
    tracker: AgentExecutionTracker, clock: StillClock, store: Store
) -> None:
    breaker = tracker.breaker("postgres", RULE)
    store.let(in_=False)
    await failed(breaker, store, 3)
    clock.leap(seconds=10)
    with pytest.raises(BreakerOpen, match=r"postgres is not tried for another 20.0 s: it failed too often") as refused:
        await breaker.call(store.ask)
    assert (refused.value.operation, refused.value.retry_in) == ("postgres", timedelta(seconds=20))


async def test_an_operation_has_one_breaker_and_another_operation_its_own(
    tracker: AgentExecutionTracker, store: Store, redis_url: str
) -> None:
    cache = await RedisStore.open(redis_url)
    postgres, redis = tracker.breaker("postgres", RULE), tracker.breaker("redis", RULE)
    store.let(in_=False)
    await failed(postgres, store, 3)
    with suppress(BreakerOpen):
        await tracker.breaker("postgres").call(store.ask)
    assert tracker.breaker("postgres") is postgres
    await redis.call(cache.ping)
    await cache.close()
    assert (postgres.state, redis.state, store.asked) == (BreakerState.OPEN, BreakerState.CLOSED, 3)
