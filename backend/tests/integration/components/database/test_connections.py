"""How the manager comes to PostgreSQL, once and many times, by which URLs, and how to the analytics engine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest

from agent_backend.context import Kind
from agent_backend.storage import (
    AnalyticsFeed,
    ClickHouse,
    StoreUnavailable,
    UsageAnalytics,
    UsageStore,
    catch_up,
)
from agent_backend.usage import UsageRecord
from goldenpath import ServiceStack
from goldenpath.databases import Address

pytestmark = pytest.mark.asyncio

WHO = "SELECT current_tenant(), current_user::text, pg_backend_pid()"


async def test_a_connection_to_postgresql_works_as_the_powerless_role_for_the_tenant_it_names(manager: Any) -> None:
    async with manager.tenant("ten_a") as connection:
        tenant, role, _ = await (await connection.execute(WHO)).fetchone()
        powers = await connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        )
        assert await powers.fetchone() == (False, False, False, False)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("DROP TABLE usage_records")
    assert (tenant, role) == ("ten_a", "agent_backend_app")


async def test_concurrent_sessions_share_few_connections_and_no_tenant(manager: Any) -> None:
    together = asyncio.Barrier(3)

    async def ask(number: int) -> tuple[Any, ...]:
        async with manager.tenant(f"ten_{number}") as connection:
            await together.wait()
            return await (await connection.execute(WHO)).fetchone()

    answers = await asyncio.gather(*(ask(number) for number in range(60)))
    assert [tenant for tenant, *_ in answers] == [f"ten_{number}" for number in range(60)]
    assert len({pid for *_, pid in answers}) == 3


async def test_a_url_may_be_built_in_every_form_and_one_that_cannot_be_read_keeps_its_password(
    own_stores: ServiceStack, open_manager: Any
) -> None:
    password = "p@ss:w/rd %?&#"
    with psycopg.connect(own_stores["postgres"].url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE strange LOGIN PASSWORD '{password}' IN ROLE agent_backend_app")
        connection.execute("GRANT pg_read_all_data TO strange")
    place = urlsplit(own_stores["postgres"].url)
    url = place._replace(netloc=f"strange:{quote(password, safe='')}@{place.hostname}:{place.port}").geturl()
    rewritten = Address.parse(url).url("libpq")
    keywords = f"host={place.hostname} port={place.port} dbname=postgres user=strange password='{password}'"
    for form in (url, rewritten, f"{url}?options=-c%20application_name%3Dform", keywords):
        manager = await open_manager(form, max_size=1)
        async with manager.tenant("ten_a") as connection:
            assert (await (await connection.execute(WHO)).fetchone())[:2] == ("ten_a", "agent_backend_app")
    for broken in (url.replace(quote(password, safe=""), password), url.replace("strange", "stranger")):
        with pytest.raises(StoreUnavailable, match="AGENT_BACKEND_DATABASE_URL") as refused:
            await open_manager(broken)
        assert "p@ss" not in str(refused.value)
        assert quote(password, safe="") not in str(refused.value)


@pytest.fixture(scope="module")
def clickhouse_url() -> Iterator[str]:
    with ServiceStack("clickhouse") as stack:
        yield stack["clickhouse"].url


async def test_the_analytics_engine_is_reached_and_agrees_with_postgresql(
    clickhouse_url: str, manager: Any, new_tenant: Any, ids: Any
) -> None:
    clickhouse = await ClickHouse.open(clickhouse_url)
    try:
        analytics = UsageAnalytics(clickhouse)
        owner, other = await new_tenant(), await new_tenant()
        noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
        call = {"occurred_at": noon, "team": "search", "prompt_tokens": 1, "completion_tokens": 1, "latency_ms": 1}
        records = [UsageRecord(**call, model="large", cost=Decimal("0.000000001") * n) for n in range(1, 101)]
        async with AnalyticsFeed.running(analytics, partial(catch_up, manager, analytics)) as feed:
            usage = UsageStore(manager, ids, feed.usage_changed)
            await usage.add(owner.tenant_id, records)
            await feed.send_waiting()
        (total,) = await usage.totals(owner.tenant_id, "model")
        (day,) = await analytics.daily_cost(owner.tenant_id, "model", noon - timedelta(1), noon + timedelta(1))
        assert (day.calls, day.cost) == (total.calls, total.cost) == (100, Decimal("0.00000505"))
        assert await analytics.daily_cost(other.tenant_id, "model", noon - timedelta(1), noon + timedelta(1)) == []
        assert ids.parse(await analytics.last_usage_id(owner.tenant_id)).kind is Kind.USAGE
    finally:
        await clickhouse.close()
