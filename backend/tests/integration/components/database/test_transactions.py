"""A session is one transaction: whole or not at all, and seen by others only when it is whole."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from agent_backend.context import Kind

pytestmark = pytest.mark.asyncio

BUDGET = "SELECT tokens FROM language_budget"
SPEND = "INSERT INTO language_budget (tenant_id, day, tokens) VALUES (%s, '2026-11-01', %s)"
SPEND_MORE = "UPDATE language_budget SET tokens = tokens + 1"
RECORD = """
INSERT INTO usage_records (tenant_id, id, occurred_at, team, model, prompt_tokens, completion_tokens, latency_ms, cost,
    cache_hit) VALUES (%s, %s, now(), 't', 'm', 0, 0, 0, %s, false)
"""


async def test_a_commit_keeps_every_statement_of_a_session_and_a_rollback_none(
    manager: Any, new_tenant: Any, ids: Any
) -> None:
    owner = await new_tenant()

    async def add(*costs: str, fail: bool) -> None:
        async with manager.tenant(owner.tenant_id) as connection:
            for cost in costs:
                await connection.execute(RECORD, [owner.tenant_id, ids.new(Kind.USAGE), Decimal(cost)])
            if fail:
                raise OSError("after the last statement")

    await add("1", "2", fail=False)
    with pytest.raises(OSError, match="after the last"):
        await add("4", "8", fail=True)
    async with manager.tenant(owner.tenant_id) as connection:
        row = await (await connection.execute("SELECT count(*), sum(cost) FROM usage_records")).fetchone()
    assert row == (2, Decimal(3))


async def test_concurrent_transactions_see_nothing_of_each_other_before_the_commit_and_lose_no_update(
    manager: Any, new_tenant: Any
) -> None:
    owner = await new_tenant()
    async with manager.tenant(owner.tenant_id) as writing:
        await writing.execute(SPEND, [owner.tenant_id, 10])
        async with manager.tenant(owner.tenant_id) as reading:
            assert await (await reading.execute(BUDGET)).fetchall() == []

    async def add() -> None:
        async with manager.tenant(owner.tenant_id) as connection:
            await connection.execute(SPEND_MORE)

    await asyncio.gather(*(add() for _ in range(50)))
    async with manager.tenant(owner.tenant_id) as connection:
        assert await (await connection.execute(BUDGET)).fetchall() == [(60,)]
