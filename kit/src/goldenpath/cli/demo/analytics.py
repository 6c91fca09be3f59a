"""What the demo does with ClickHouse, where its engine is installed: count the streamed events per tenant."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final

from goldenpath.cli.demo.journey import Journey
from goldenpath.services import ServiceStack

ENGINE: Final = ("chdb", "clickhouse_connect")
ABSENT: Final = "ClickHouse is not part of this run: its engine is not installed (pip install 'goldenpath[clickhouse]')"
COLUMNS: Final = ("tenant", "run", "position", "type")
TABLE: Final = (
    "CREATE TABLE event (tenant String, run String, position UInt32, type String) ENGINE = MergeTree ORDER BY position"
)
COUNT: Final = "SELECT tenant, groupArray(type) FROM (SELECT * FROM event ORDER BY tenant, position) GROUP BY tenant"


def installed() -> bool:
    """Whether ClickHouse's embedded engine is there."""
    return all(find_spec(name) for name in ENGINE)


def compare(journeys: Sequence[Journey]) -> None:
    """Store what was streamed, and check that ClickHouse tells each tenant's events in the order they came."""
    streamed = {journey.tenant.name: [moment.event for moment in journey.moments] for journey in journeys}
    rows = [
        (tenant, event["run_id"], position, event["type"])
        for tenant, events in streamed.items()
        for position, event in enumerate(events)
    ]
    with ServiceStack("clickhouse") as stack:
        client = stack["clickhouse"].client()
        try:
            client.command(TABLE)
            client.insert("event", rows, column_names=COLUMNS)
            told = dict(client.query(COUNT).result_rows)
        finally:
            client.close()
    for journey in journeys:
        tenant = journey.tenant.name
        held = list(told.get(tenant, ())) == [event["type"] for event in streamed[tenant]]
        journey.promise("ClickHouse tells the same events", held, repr(told.get(tenant)))
