from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from clickhouse_connect.driver.exceptions import DatabaseError

from agent_backend.context import Account, Kind, SystemClock, UnifiedIDManager
from agent_backend.events import Event, EventType
from agent_backend.storage import (
    AccountStore,
    AnalyticsFeed,
    ClickHouse,
    DatabaseManager,
    RunCounts,
    StoreUnavailable,
    ToolUse,
    UsageAnalytics,
    UsageStore,
    backfill,
    catch_up,
)
from agent_backend.usage import UsageRecord
from goldenpath import ServiceStack

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def clickhouse_url() -> Iterator[str]:
    with ServiceStack("clickhouse") as stack:
        yield stack["clickhouse"].url


@pytest_asyncio.fixture
async def clickhouse(clickhouse_url: str) -> AsyncIterator[ClickHouse]:
    opened = await ClickHouse.open(clickhouse_url)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def analytics(clickhouse: ClickHouse) -> UsageAnalytics:
    return UsageAnalytics(clickhouse)


@pytest.fixture
def ids() -> UnifiedIDManager:
    return UnifiedIDManager(SystemClock())


def usage(**changes: Any) -> UsageRecord:
    record = UsageRecord(
        occurred_at=START,
        team="search",
        model="large",
        prompt_tokens=100,
        completion_tokens=50,
        latency_ms=90,
        cost=Decimal("0.100000001"),
    )
    return record.model_copy(update=changes)


def event(run_id: str, seq: int, kind: EventType, **payload: Any) -> Event:
    return Event(kind, run_id, "thr_1", seq, 1, START, "advisor", json.dumps(payload))


@pytest_asyncio.fixture
async def database(migrated_database: Callable[[], str]) -> AsyncIterator[DatabaseManager]:
    database = await DatabaseManager.open(migrated_database())
    yield database
    await database.close()


@pytest_asyncio.fixture
async def new_tenant(database: DatabaseManager, ids: UnifiedIDManager) -> Callable[[], Awaitable[str]]:
    """Founds tenants."""

    async def found() -> str:
        tenant_id = ids.new(Kind.TENANT)
        account = Account(tenant_id, ids.new(Kind.USER), "ada@example.test", "")
        assert await AccountStore(database).add_tenant(tenant_id, account)
        return tenant_id

    return found


@pytest.mark.asyncio
async def test_what_is_sent_twice_counts_once_and_only_for_its_tenant(
    analytics: UsageAnalytics,
    database: DatabaseManager,
    new_tenant: Callable[[], Awaitable[str]],
    ids: UnifiedIDManager,
) -> None:
    ada, eve = await new_tenant(), await new_tenant()
    run = ids.new(Kind.RUN)
    events = [
        event(run, 1, EventType.AGENT_STARTED, task="a secret question"),
        event(run, 2, EventType.TOOL_COMPLETED, tool_name="totals", ok=True, duration_ms=7, result="secret"),
        event(run, 3, EventType.TOOL_COMPLETED, tool_name="totals", ok=False, duration_ms=9),
        event(run, 4, EventType.AGENT_COMPLETED, duration_ms=99),
        event(ids.new(Kind.RUN), 1, EventType.AGENT_ERROR, code="timeout"),
    ]
    async with AnalyticsFeed.running(analytics, partial(catch_up, database, analytics)) as feed:
        store = UsageStore(database, ids, feed.usage_changed)
        await store.add(ada, [usage(), usage(cost=Decimal("0.2"))])
        for _ in range(3):
            feed.usage_changed(ada)
            for each in events:
                feed.offer_event(ada, each)
            await feed.send_waiting()
        await store.add(ada, [usage(model="small", occurred_at=START + timedelta(1))])
        await store.add(eve, [usage(cost=Decimal(99))])
    assert (feed.statistics().waiting, feed.statistics().tenants_waiting, feed.statistics().dropped) == (0, 0, 0)

    days = await analytics.daily_cost(ada, "model", START - timedelta(1), START + timedelta(9))
    assert [(day.day.isoformat(), day.name, day.calls, day.prompt_tokens, day.cost) for day in days] == [
        ("2026-11-01", "large", 2, 200, Decimal("0.300000001")),
        ("2026-11-02", "small", 1, 100, Decimal("0.100000001")),
    ]
    assert await analytics.daily_cost(ada, "team", START - timedelta(9), START) == []
    assert await analytics.tools(ada) == [ToolUse("totals", 2, 1, 9, 9)]
    assert await analytics.runs(ada) == RunCounts(2, 1, 1)
    assert [(each.model, each.calls, each.p99) for each in await analytics.latency(ada)] == [
        ("large", 2, 90),
        ("small", 1, 90),
    ]
    assert await analytics.runs(eve) == RunCounts(0, 0, 0)
    kept = await analytics._clickhouse.query("SELECT * FROM event_facts")
    assert "secret" not in str(kept)


@pytest.mark.asyncio
async def test_a_tenant_in_a_parameter_is_text_and_nothing_else(analytics: UsageAnalytics) -> None:
    assert await analytics.runs("x' OR tenant_id != '") == RunCounts(0, 0, 0)


@pytest.mark.asyncio
async def test_a_statement_that_failed_leaves_nothing_to_the_reply_of_the_next(clickhouse: ClickHouse) -> None:
    for number in range(3):
        with pytest.raises(DatabaseError):
            await clickhouse.command("SELECT throwIf(1)")
        assert await clickhouse.query("SELECT {n:UInt8}", {"n": number}) == [(number,)]


@pytest.mark.asyncio
@pytest.mark.parametrize("url", ["clickhouse://user:hunter2@127.0.0.1:1/db", "http://user:hunter2@127.0.0.1:1"])
async def test_an_unreachable_server_is_named_without_its_password(url: str) -> None:
    with pytest.raises(StoreUnavailable, match=r"^ClickHouse: 127\.0\.0\.1:1.* cannot be used") as refused:
        await ClickHouse.open(url)
    assert "AGENT_BACKEND_CLICKHOUSE_URL" in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.asyncio
async def test_what_clickhouse_lacks_comes_back_from_postgresql(
    analytics: UsageAnalytics,
    database: DatabaseManager,
    new_tenant: Callable[[], Awaitable[str]],
    ids: UnifiedIDManager,
) -> None:
    tenant, other = await new_tenant(), await new_tenant()
    for each in (tenant, other):
        await UsageStore(database, ids).add(each, [usage() for _ in range(5_003)])
    assert await backfill(database, analytics, tenant) == 5_003
    assert await backfill(database, analytics, tenant) == 5_003
    (day,) = await analytics.daily_cost(tenant, "team", START - timedelta(1), START + timedelta(1))
    assert (day.calls, day.cost) == (5_003, Decimal("0.100000001") * 5_003)
    assert await analytics.daily_cost(other, "team", START - timedelta(1), START + timedelta(1)) == []
