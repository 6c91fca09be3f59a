from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg

from agent_backend.context import Kind, SystemClock, UnifiedIDManager
from agent_backend.storage import DatabaseManager, LanguageBudgetStore


class Day(SystemClock):
    """A clock that stands on one day."""

    def __init__(self, day: int) -> None:
        self.day = day

    def now(self) -> datetime:
        return datetime(2026, 3, self.day, tzinfo=UTC)


def on_store(url: str, body: Callable[[LanguageBudgetStore, Day, list[str]], Any]) -> Any:
    ids = UnifiedIDManager(SystemClock())
    tenants = [ids.new(Kind.TENANT) for _ in range(2)]
    with psycopg.connect(url) as connection:
        for tenant in tenants:
            connection.execute("INSERT INTO tenants (id, name) VALUES (%s, %s)", [tenant, tenant[-12:]])

    async def run() -> Any:
        database = await DatabaseManager.open(url)
        try:
            clock = Day(2)
            return await body(LanguageBudgetStore(database, clock, 1000), clock, tenants)
        finally:
            await database.close()

    return asyncio.run(run())


def test_a_budget_is_one_tenants_own_for_one_day(migrated_database: Callable[[], str]) -> None:
    async def body(store: LanguageBudgetStore, clock: Day, tenants: list[str]) -> list[bool]:
        told = [await store.reserve(tenants[0], tokens) for tokens in (1001, 700, 400)]
        await store.settle(tenants[0], -200)
        told += [await store.reserve(tenants[0], 500), await store.reserve(tenants[0], 1)]
        told += [await store.reserve(tenants[1], 1000)]
        clock.day = 3
        return [*told, await store.reserve(tenants[0], 1000)]

    assert on_store(migrated_database(), body) == [False, True, False, True, False, True, True]


def test_of_many_who_want_the_last_tokens_only_as_many_get_them_as_there_are(
    migrated_database: Callable[[], str],
) -> None:
    async def body(store: LanguageBudgetStore, clock: Day, tenants: list[str]) -> int:
        return sum(await asyncio.gather(*(store.reserve(tenants[0], 300) for _ in range(20))))

    assert on_store(migrated_database(), body) == 3
