"""Usage records of a tenant's model calls: stored by the thousand, summed exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from psycopg import sql
from psycopg.rows import class_row

from agent_backend.analysis import Availability, PriceTable
from agent_backend.context import Kind, UnifiedIDManager
from agent_backend.storage.database import Connection, DatabaseManager
from agent_backend.usage import UsageRecord

Grouping = Literal["model", "team"]

# One statement and one array per column, for a statement per row costs ten times as much (COPY cannot write to tables
# with row level security).
_INSERT: Final = """
INSERT INTO usage_records
    (tenant_id, id, occurred_at, team, model, prompt_tokens, completion_tokens, latency_ms, cost, cache_hit, error,
     prompt_fingerprint)
SELECT %s, * FROM unnest(
    %s::text[], %s::timestamptz[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[],
    %s::boolean[], %s::text[], %s::text[])
"""
NAMED: Final = 50
"""So many teams or models are named, the dearest; the others are summed up in one row, however many a file brought."""

_TOTALS: Final = """
WITH sums AS (
    SELECT {grouping} AS name, count(*) AS calls, sum(prompt_tokens) AS prompt_tokens,
           sum(completion_tokens) AS completion_tokens, sum(cost) AS cost
    FROM usage_records GROUP BY {grouping}
), ranked AS (
    SELECT *, least(row_number() OVER (ORDER BY cost DESC, name), %s + 1) AS place FROM sums
)
SELECT CASE WHEN place > %s THEN count(*) || ' others' ELSE min(name) END AS name, sum(calls)::bigint AS calls,
       sum(prompt_tokens)::bigint AS prompt_tokens, sum(completion_tokens)::bigint AS completion_tokens,
       sum(cost) AS cost
FROM ranked GROUP BY place ORDER BY place
"""
_AVAILABILITY: Final = """
SELECT count(*) AS calls, min(occurred_at) AS first, max(occurred_at) AS last,
       count(prompt_fingerprint) AS fingerprinted, count(*) FILTER (WHERE model = ANY(%s)) AS priced,
       count(*) FILTER (WHERE latency_ms > 0) AS timed
FROM usage_records
"""
_LATENCIES: Final = """
SELECT model, percentile_disc(0.5) WITHIN GROUP (ORDER BY latency_ms)
FROM usage_records WHERE error IS NULL AND NOT cache_hit AND model = ANY(%s) GROUP BY model
"""


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

    def __init__(
        self, database: DatabaseManager, ids: UnifiedIDManager, changed: Callable[[str], None] | None = None
    ) -> None:
        self._database = database
        self._ids = ids
        self._changed = changed

    async def add(self, tenant_id: str, records: Sequence[UsageRecord]) -> None:
        """Store all of them or none."""
        async with self._database.tenant(tenant_id) as connection:
            await self.insert(connection, tenant_id, records)
        self.committed(tenant_id)

    def committed(self, tenant_id: str) -> None:
        """Tell whoever follows the records of a tenant that there are more; to be called after each commit."""
        if self._changed is not None:
            self._changed(tenant_id)

    async def insert(self, connection: Connection, tenant_id: str, records: Sequence[UsageRecord]) -> None:
        """Store them within a transaction of the caller's."""
        columns = [[getattr(record, name) for record in records] for name in UsageRecord.model_fields]
        ids = [self._ids.new(Kind.USAGE) for _ in records]
        await connection.execute(_INSERT, [tenant_id, ids, *columns])

    async def totals(self, tenant_id: str, grouping: Grouping) -> list[UsageTotal]:
        """The sums by model or by team, dearest first, and those that are not named together at the end."""
        query = sql.SQL(_TOTALS).format(grouping=sql.Identifier(grouping))
        async with self._database.tenant(tenant_id) as connection:
            cursor = connection.cursor(row_factory=class_row(UsageTotal))
            await cursor.execute(query, [NAMED, NAMED])
            return await cursor.fetchall()

    async def availability(self, tenant_id: str, prices: PriceTable) -> Availability:
        """What the records hold, as far as an answer depends on it."""
        async with self._database.tenant(tenant_id) as connection:
            cursor = connection.cursor(row_factory=class_row(Availability))
            await cursor.execute(_AVAILABILITY, [list(prices)])
            row = await cursor.fetchone()
            assert row is not None, "an aggregate has one row"
            return row

    async def latencies(self, tenant_id: str, prices: PriceTable) -> dict[str, int]:
        """The median latency of each model that has a price, in milliseconds."""
        async with self._database.tenant(tenant_id) as connection:
            return dict(await (await connection.execute(_LATENCIES, [list(prices)])).fetchall())
