"""Fill ClickHouse again from PostgreSQL: what was dropped or lost on the way comes back, what is there counts once."""

from __future__ import annotations

from typing import Any, Final

from psycopg.rows import class_row

from agent_backend.events import Event
from agent_backend.storage.analytics import EVENTS, USAGE, UsageAnalytics, event_row
from agent_backend.storage.database import DatabaseManager

BATCH: Final = 5_000

_USAGE: Final = f"SELECT {', '.join(USAGE.columns)} FROM usage_records WHERE id > %s ORDER BY id LIMIT {BATCH}"
_EVENTS: Final = f"""
SELECT type, run_id, thread_id, seq, epoch, "timestamp", agent_name, payload FROM run_events
WHERE (run_id, seq) > (%s, %s) ORDER BY run_id, seq LIMIT {BATCH}
"""


async def backfill(database: DatabaseManager, analytics: UsageAnalytics, tenant_id: str) -> int:
    """Send every fact of a tenant and return how many there are."""
    await analytics.prepare()
    return await _usage(database, analytics, tenant_id) + await _events(database, analytics, tenant_id)


async def _usage(database: DatabaseManager, analytics: UsageAnalytics, tenant_id: str) -> int:
    sent, last = 0, ""
    while True:
        async with database.tenant(tenant_id) as connection:
            rows: list[tuple[Any, ...]] = await (await connection.execute(_USAGE.encode(), [last])).fetchall()
        if not rows:
            return sent
        await analytics.insert(USAGE, rows)
        sent, last = sent + len(rows), rows[-1][1]


async def _events(database: DatabaseManager, analytics: UsageAnalytics, tenant_id: str) -> int:
    sent, last = 0, ("", 0)
    while True:
        async with database.tenant(tenant_id) as connection:
            cursor = connection.cursor(row_factory=class_row(Event))
            await cursor.execute(_EVENTS.encode(), last)
            events = await cursor.fetchall()
        if not events:
            return sent
        rows = [event_row(tenant_id, event) for event in events]
        await analytics.insert(EVENTS, [row for row in rows if row is not None])
        sent, last = sent + len(events), (str(events[-1].run_id), events[-1].seq)
