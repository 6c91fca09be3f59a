"""Usage records of a tenant's model calls, and their exact sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from psycopg import sql
from psycopg.rows import class_row

from agent_backend.storage.database import DatabaseManager

Grouping = Literal["model", "team"]

_INSERT: Final = """
INSERT INTO usage_records
    (tenant_id, id, occurred_at, team, model, prompt_tokens, completion_tokens, latency_ms, cost, cache_hit, error)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_TOTALS: Final = """
SELECT {grouping} AS name, count(*) AS calls, sum(prompt_tokens)::bigint AS prompt_tokens,
       sum(completion_tokens)::bigint AS completion_tokens, sum(cost) AS cost
FROM usage_records GROUP BY {grouping} ORDER BY sum(cost) DESC, {grouping}
"""


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One call of a language model."""

    id: str
    occurred_at: datetime
    team: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    latency_ms: int
    cost: Decimal
    cache_hit: bool
    error: str | None


@dataclass(frozen=True, slots=True)
class UsageTotal:
    """The calls of one model or one team, summed up."""

    name: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: Decimal


class UsageStore:
    """Adds and sums the records of one tenant at a time."""

    def __init__(self, database: DatabaseManager) -> None:
        self._database = database

    async def add(self, tenant_id: str, records: Sequence[UsageRecord]) -> None:
        """Store all of them or none."""
        rows = [
            (
                tenant_id,
                record.id,
                record.occurred_at,
                record.team,
                record.model,
                record.prompt_tokens,
                record.completion_tokens,
                record.latency_ms,
                record.cost,
                record.cache_hit,
                record.error,
            )
            for record in records
        ]
        async with self._database.tenant(tenant_id) as connection:
            async with connection.cursor() as cursor:
                await cursor.executemany(_INSERT, rows)

    async def totals(self, tenant_id: str, grouping: Grouping) -> list[UsageTotal]:
        """The sums by model or by team, dearest first."""
        query = sql.SQL(_TOTALS).format(grouping=sql.Identifier(grouping))
        async with self._database.tenant(tenant_id) as connection:
            cursor = connection.cursor(row_factory=class_row(UsageTotal))
            await cursor.execute(query)
            return await cursor.fetchall()
