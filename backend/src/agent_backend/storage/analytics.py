"""Usage analytics in ClickHouse: facts that are inserted as often as need be and count once.

PostgreSQL has the truth; what stands here can be thrown away and filled again. Every fact has a key (tenant, run, seq
for an event, tenant and id for a usage record), the tables keep one row per key, and every query reads them so (FINAL)
and names its tenant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal

from agent_backend.events import Event
from agent_backend.storage.clickhouse import ClickHouse, Row

Dimension = Literal["model", "team"]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of facts: its columns with their types, and the key by which a fact counts once."""

    name: str
    columns: dict[str, str]
    key: str

    @property
    def definition(self) -> str:
        columns = ", ".join(f"{name} {kind}" for name, kind in self.columns.items())
        return f"CREATE TABLE IF NOT EXISTS {self.name} ({columns}) ENGINE = ReplacingMergeTree ORDER BY ({self.key})"


USAGE: Final = Table(
    "usage_facts",
    {
        "tenant_id": "LowCardinality(String)",
        "id": "String",
        "occurred_at": "DateTime64(6, 'UTC')",
        "team": "LowCardinality(String)",
        "model": "LowCardinality(String)",
        "prompt_tokens": "UInt64",
        "completion_tokens": "UInt64",
        "latency_ms": "UInt64",
        "cost": "Decimal(18, 9)",
        "cache_hit": "Bool",
        "error": "Nullable(String)",
    },
    "tenant_id, id",
)
EVENTS: Final = Table(
    "event_facts",
    {
        "tenant_id": "LowCardinality(String)",
        "run_id": "String",
        "seq": "UInt32",
        "occurred_at": "DateTime64(6, 'UTC')",
        "type": "LowCardinality(String)",
        "agent_name": "LowCardinality(Nullable(String))",
        "tool_name": "LowCardinality(Nullable(String))",
        "duration_ms": "Nullable(UInt64)",
        "ok": "Nullable(Bool)",
        "code": "LowCardinality(Nullable(String))",
    },
    "tenant_id, run_id, seq",
)
TABLES: Final = (USAGE, EVENTS)

_DAILY: Final = """
SELECT toDate(occurred_at, 'UTC') AS day, {dimension} AS name, count() AS calls,
       sum(prompt_tokens) AS prompt_tokens, sum(completion_tokens) AS completion_tokens, sum(cost) AS cost
FROM usage_facts FINAL
WHERE tenant_id = {{tenant:String}} AND occurred_at >= {{since:DateTime64(6, 'UTC')}}
  AND occurred_at < {{until:DateTime64(6, 'UTC')}}
GROUP BY day, name ORDER BY day, cost DESC, name
"""
_LATENCY: Final = """
SELECT model, count(), quantileExact(0.5)(latency_ms), quantileExact(0.95)(latency_ms), quantileExact(0.99)(latency_ms)
FROM usage_facts FINAL WHERE tenant_id = {tenant:String} GROUP BY model ORDER BY model
"""
_TOOLS: Final = """
SELECT assumeNotNull(tool_name) AS name, count(), countIf(NOT ok), quantileExact(0.5)(duration_ms),
       quantileExact(0.95)(duration_ms)
FROM event_facts FINAL WHERE tenant_id = {tenant:String} AND type = 'tool_completed' GROUP BY name ORDER BY name
"""
_RUNS: Final = """
SELECT uniqExact(run_id), countIf(type = 'agent_completed'), countIf(type = 'agent_error')
FROM event_facts FINAL WHERE tenant_id = {tenant:String}
"""


@dataclass(frozen=True, slots=True)
class DailyCost:
    """What one team or one model cost on one day (UTC)."""

    day: date
    name: str
    calls: int
    prompt_tokens: int
    completion_tokens: int
    cost: Decimal


@dataclass(frozen=True, slots=True)
class Latency:
    """How long the calls of one model took, in milliseconds."""

    model: str
    calls: int
    p50: int
    p95: int
    p99: int


@dataclass(frozen=True, slots=True)
class ToolUse:
    """How one tool of the agents did."""

    name: str
    calls: int
    failures: int
    p50_ms: int
    p95_ms: int


@dataclass(frozen=True, slots=True)
class RunCounts:
    """How the runs of a tenant ended; the rest have not ended."""

    runs: int
    completed: int
    failed: int


class UsageAnalytics:
    """Inserts facts, and answers questions over the facts of one tenant."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._clickhouse = clickhouse
        self._prepared = False

    async def prepare(self) -> None:
        """Make the tables that are not there; the first use does it by itself."""
        for table in () if self._prepared else TABLES:
            await self._clickhouse.command(table.definition)
        self._prepared = True

    async def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert facts; those that are there already change nothing."""
        await self.prepare()
        await self._clickhouse.insert(table.name, list(table.columns), rows)

    async def last_usage_id(self, tenant_id: str) -> str:
        """The newest usage record of a tenant that is here, or an empty text."""
        ((last,),) = await self._ask("SELECT max(id) FROM usage_facts WHERE tenant_id = {tenant:String}", tenant_id)
        return str(last)

    async def daily_cost(
        self, tenant_id: str, dimension: Dimension, since: datetime, until: datetime
    ) -> list[DailyCost]:
        """The cost of each day, dearest first; money stays exact."""
        query = _DAILY.format(dimension={"model": "model", "team": "team"}[dimension])
        return [DailyCost(*row) for row in await self._ask(query, tenant_id, since=since, until=until)]

    async def latency(self, tenant_id: str) -> list[Latency]:
        """The latency of each model."""
        return [Latency(*row) for row in await self._ask(_LATENCY, tenant_id)]

    async def tools(self, tenant_id: str) -> list[ToolUse]:
        """The tools that the tenant's runs used."""
        return [ToolUse(*row) for row in await self._ask(_TOOLS, tenant_id)]

    async def runs(self, tenant_id: str) -> RunCounts:
        """How the tenant's runs ended."""
        ((runs, completed, failed),) = await self._ask(_RUNS, tenant_id)
        return RunCounts(runs, completed, failed)

    async def _ask(self, query: str, tenant_id: str, **parameters: Any) -> list[Row]:
        await self.prepare()
        return await self._clickhouse.query(query, {"tenant": tenant_id, **parameters})


def event_row(tenant_id: str, event: Event) -> Row | None:
    """An event of a run as a fact, without what users wrote or agents answered; None for what belongs to no run."""
    if event.run_id is None or not event.seq:
        return None
    payload = event.payload
    told = (payload.get(name) for name in ("tool_name", "duration_ms", "ok", "code"))
    return (tenant_id, event.run_id, event.seq, event.timestamp, str(event.type), event.agent_name, *told)
