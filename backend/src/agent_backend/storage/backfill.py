"""Facts from PostgreSQL to ClickHouse: what was missed on the way comes back, what is there counts once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from psycopg.rows import class_row

from agent_backend.context import Kind, first_id_of, parse_id
from agent_backend.events import Event
from agent_backend.storage.analytics import EVENTS, USAGE, UsageAnalytics, event_row
from agent_backend.storage.database import DatabaseManager

BATCH: Final = 5_000
OVERLAP: Final = timedelta(minutes=5)
"""Ids are made before their transaction commits: records that are a little older may have come later."""

_USAGE: Final = f"SELECT {', '.join(USAGE.columns)} FROM usage_records WHERE id > %s ORDER BY id LIMIT {BATCH}"
_EVENTS: Final = f"""
SELECT type, run_id, thread_id, seq, epoch, "timestamp", agent_name, payload::text AS body FROM run_events
WHERE (run_id, seq) > (%s, %s) ORDER BY run_id, seq LIMIT {BATCH}
"""


async def backfill(database: DatabaseManager, analytics: UsageAnalytics, tenant_id: str) -> int:
    """Send every fact of a tenant and return how many there are."""
    return await _usage(database, analytics, tenant_id, "") + await _events(database, analytics, tenant_id)


async def catch_up(database: DatabaseManager, analytics: UsageAnalytics, tenant_id: str) -> int:
    """Send the usage records of a tenant that may be missing, and return how many were sent."""
    last = await analytics.last_usage_id(tenant_id)
    after = first_id_of(Kind.USAGE, parse_id(last, Kind.USAGE).created_at - OVERLAP) if last else ""
    return await _usage(database, analytics, tenant_id, after)


async def _usage(database: DatabaseManager, analytics: UsageAnalytics, tenant_id: str, after: str) -> int:
    sent = 0
    while True:
        async with database.tenant(tenant_id) as connection:
            rows: list[tuple[Any, ...]] = await (await connection.execute(_USAGE.encode(), [after])).fetchall()
        if not rows:
            return sent
        await analytics.insert(USAGE, rows)
        sent, after = sent + len(rows), rows[-1][1]


async def _events(database: DatabaseManager, analytics: UsageAnalytics, tenant_id: str) -> int:
    sent, after = 0, ("", 0)
    while True:
        async with database.tenant(tenant_id) as connection:
            cursor = connection.cursor(row_factory=class_row(Event))
            await cursor.execute(_EVENTS.encode(), after)
            events = await cursor.fetchall()
        if not events:
            return sent
        rows = [event_row(tenant_id, event) for event in events]
        await analytics.insert(EVENTS, [row for row in rows if row is not None])
        sent, after = sent + len(events), (str(events[-1].run_id), events[-1].seq)
