from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from agent_backend.storage import DatabaseManager, StoreUnavailable, database


@pytest_asyncio.fixture
async def manager(migrated_database: Callable[[], str]) -> AsyncIterator[DatabaseManager]:
    """A manager with two connections."""
    opened = await DatabaseManager.open(migrated_database(), max_size=2)
    yield opened
    await opened.close()


async def found(connection: Any, tenant_id: str) -> None:
    await connection.execute("INSERT INTO tenants (id, name) VALUES (%s, %s)", [tenant_id, tenant_id])


async def names(manager: DatabaseManager, tenant_id: str) -> list[str]:
    async with manager.tenant(tenant_id) as connection:
        return [name for (name,) in await (await connection.execute("SELECT name FROM tenants")).fetchall()]


@pytest.mark.asyncio
async def test_a_session_is_committed_whole_or_not_at_all(manager: DatabaseManager) -> None:
    async with manager.tenant("ten_a") as connection:
        await found(connection, "ten_a")
    assert await names(manager, "ten_a") == ["ten_a"]
    with pytest.raises(OSError, match="in the middle"):
        async with manager.tenant("ten_b") as connection:
            await found(connection, "ten_b")
            raise OSError("in the middle")
    assert await names(manager, "ten_b") == []


@pytest.mark.asyncio
async def test_a_session_that_is_cancelled_leaves_nothing_behind(manager: DatabaseManager) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with manager.tenant("ten_c") as connection:
            await found(connection, "ten_c")
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    await asyncio.wait([task])
    assert await names(manager, "ten_c") == []
    assert manager.statistics().idle >= 1


@pytest.mark.asyncio
async def test_a_tenant_is_a_text_and_nothing_else(manager: DatabaseManager) -> None:
    strange = "ten'; RESET ROLE; SELECT set_config('agent_backend.tenant', 'ten_a', false); --\\"
    async with manager.tenant(strange) as connection:
        row = await (await connection.execute("SELECT current_tenant(), current_user::text")).fetchone()
    assert row == (strange, "agent_backend_app")


@pytest.mark.asyncio
async def test_the_pool_tells_how_busy_it_is_and_who_waits_in_vain_is_told_so(
    manager: DatabaseManager,
) -> None:
    manager._pool.timeout = 0.05
    async with manager.tenant("ten_a"), manager.tenant("ten_b"):
        assert (manager.statistics().size, manager.statistics().largest, manager.statistics().idle) == (2, 2, 0)
        with pytest.raises(StoreUnavailable, match="PostgreSQL"):
            async with manager.tenant("ten_c"):
                pass
    seen = manager.statistics()
    assert (seen.idle, seen.requests_refused, seen.waiting) == (2, 1, 0)
    assert seen.requests_that_waited >= 1


@pytest.mark.asyncio
async def test_money_is_exact_to_the_last_of_nine_decimals(manager: DatabaseManager) -> None:
    async with manager.tenant("ten_money") as connection:
        await found(connection, "ten_money")
        for number in range(10):
            await connection.execute(
                "INSERT INTO usage_records (tenant_id, id, occurred_at, team, model, prompt_tokens, completion_tokens,"
                " latency_ms, cost, cache_hit) VALUES ('ten_money', %s, now(), '', '', 0, 0, 0, %s, false)",
                [f"use_{number}", Decimal("0.100000001")],
            )
        row = await (await connection.execute("SELECT sum(cost) FROM usage_records")).fetchone()
    assert row == (Decimal("1.000000010"),)


def test_the_first_message_of_a_transaction_is_made_once_per_tenant() -> None:
    assert database._begin("agent_backend.tenant", "ten_x") is database._begin("agent_backend.tenant", "ten_x")
