"""What a session costs, how the manager bears load, and what it says while a store is away."""

from __future__ import annotations

import asyncio
import tempfile
from typing import Any

import psycopg
import pytest

from agent_backend.storage import (
    ClickHouse,
    Probe,
    RedisStore,
    StoreState,
    StoreUnavailable,
    UsageAnalytics,
    ask_stores,
)
from goldenpath import ServiceStack

pytestmark = pytest.mark.asyncio


async def test_the_latency_of_a_session_is_three_round_trips_and_of_a_call_one(open_manager: Any) -> None:
    manager = await open_manager(max_size=1)
    with tempfile.TemporaryFile() as trace:

        def round_trips() -> int:
            """How often the client has said something and waited, since it was asked last."""
            trace.seek(0)
            said = trace.read()
            trace.seek(0)
            trace.truncate()
            return said.count(b"\tQuery\t") + said.count(b"\tSync")

        async with manager.tenant("ten_a") as connection:
            connection.pgconn.trace(trace.fileno())
        round_trips()
        async with manager.tenant("ten_a") as connection:
            await connection.execute("SELECT current_tenant(), %s::int", [1])
        assert round_trips() == 3
        assert await manager.call("SELECT %s::int", [7]) == [(7,)]
        assert round_trips() == 1
        async with manager.tenant("ten_a") as connection:
            connection.pgconn.untrace()


async def test_load_from_many_tenants_is_answered_whole_while_some_of_it_fails_and_is_cancelled(
    manager: Any, test_metrics: Any
) -> None:
    answered, failed, cancelled = 0, 0, 0

    async def work(number: int) -> None:
        nonlocal answered, failed
        try:
            async with manager.tenant(f"ten_{number}") as connection:
                row = await (await connection.execute("SELECT current_tenant(), 6 / %s::int", [number % 7])).fetchone()
                assert row[0] == f"ten_{number}"
                answered += 1
        except psycopg.errors.DivisionByZero:
            failed += 1

    tasks = [asyncio.create_task(work(number)) for number in range(140)]
    await asyncio.sleep(0)
    for task in tasks[::10]:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        assert outcome is None or isinstance(outcome, asyncio.CancelledError)
        cancelled += outcome is not None
    test_metrics.record("sessions", answered)
    assert (answered + failed + cancelled, cancelled) == (140, 14)
    assert failed == sum(number % 7 == 0 and number % 10 != 0 for number in range(140))
    await manager.ping()
    seen = manager.statistics()
    assert seen.waiting == 0
    assert seen.size <= seen.largest == 3
    assert seen.requests_refused <= cancelled


async def test_the_health_of_each_store_is_asked_by_its_own_protocol_and_what_is_away_is_named(
    own_stores: ServiceStack, open_manager: Any, clock: Any
) -> None:
    manager = await open_manager(own_stores["postgres"].url)
    redis = await RedisStore.open(own_stores["redis"].url)
    probes = [
        Probe("PostgreSQL", manager.ping, "nothing can be asked", required=True),
        Probe("Redis", redis.ping, "no socket can be opened", required=True),
        Probe("ClickHouse", None, "no analytics", required=False),
    ]
    try:
        states = [(each.state, each.stops_the_service) for each in await ask_stores(probes, clock)]
        assert states == [(StoreState.OK, False), (StoreState.OK, False), (StoreState.OFF, False)]
        own_stores["redis"].stop()
        postgres, away, off = await ask_stores(probes, clock)
        assert (postgres.state, away.state, off.state) == (StoreState.OK, StoreState.UNAVAILABLE, StoreState.OFF)
        assert (away.stops_the_service, away.degrades) == (True, "no socket can be opened")
        assert away.reason is not None
        assert away.reason.startswith("Redis: ")
    finally:
        own_stores["redis"].restart()
        await redis.close()


async def test_what_is_not_used_is_not_connected_to(open_manager: Any) -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    lazy = ClickHouse(f"clickhouse://nobody:hunter2@127.0.0.1:{port}")
    analytics = UsageAnalytics(lazy)
    manager = await open_manager(max_size=8)
    assert (manager.statistics().size, manager.statistics().largest) == (1, 8)
    for _ in range(5):
        await manager.ping()
    assert manager.statistics().size == 1
    with pytest.raises(StoreUnavailable, match="ClickHouse") as refused:
        await analytics.runs("ten_a")
    assert "hunter2" not in str(refused.value)
    await lazy.close()


async def test_a_postgresql_that_is_killed_is_named_and_used_again_when_it_is_back(
    own_stores: ServiceStack, open_manager: Any, new_tenant: Any, ssot_case: Any
) -> None:
    manager = await open_manager(own_stores["postgres"].url, max_size=2)
    owner = await new_tenant(manager)
    names = "SELECT name FROM tenants"
    own_stores["postgres"].stop()
    with pytest.raises(StoreUnavailable, match="PostgreSQL") as away:
        await manager.ping()
    assert away.value.store == "PostgreSQL"
    own_stores["postgres"].restart()

    async def works_again() -> bool:
        try:
            await manager.ping()
        except StoreUnavailable:
            return False
        return True

    await ssot_case.wait_for_condition(works_again, timeout=60)
    async with manager.tenant(owner.tenant_id) as connection:
        assert await (await connection.execute(names)).fetchall() == [(owner.tenant_id,)]
