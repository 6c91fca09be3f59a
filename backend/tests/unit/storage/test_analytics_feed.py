from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from agent_backend.events import Event, EventType
from agent_backend.storage import AnalyticsFeed, StoreUnavailable
from agent_backend.storage.analytics import EVENTS

NOW = datetime(2026, 11, 21, tzinfo=UTC)


class Analytics:
    """Takes rows, unless it is away."""

    def __init__(self) -> None:
        self.away = False
        self.rows: list[Any] = []
        self.caught_up: list[str] = []
        self.taken = asyncio.Event()

    async def prepare(self) -> None:
        if self.away:
            raise StoreUnavailable("ClickHouse", "away")

    async def catch_up(self, tenant_id: str) -> int:
        if self.away:
            raise StoreUnavailable("ClickHouse", "away")
        self.caught_up.append(tenant_id)
        return 7

    async def insert(self, table: Any, rows: Any) -> None:
        if self.away:
            raise StoreUnavailable("ClickHouse", "away")
        self.rows += rows
        self.taken.set()


@pytest.fixture
def analytics() -> Analytics:
    return Analytics()


def event(seq: int, **payload: Any) -> Event:
    return Event(EventType.TOOL_COMPLETED, "run_1", "thr_1", seq, 1, NOW, "advisor", json.dumps(payload))


@pytest.mark.asyncio
async def test_what_cannot_be_sent_waits_and_is_sent_later(analytics: Analytics) -> None:
    feed = AnalyticsFeed(analytics, analytics.catch_up)
    analytics.away = True
    feed.offer_event("ten_1", event(1, tool_name="totals", ok=True, duration_ms=3, result="not for here"))
    with pytest.raises(StoreUnavailable):
        await feed.send_waiting()
    assert feed.statistics().waiting == 1
    analytics.away = False
    await feed.send_waiting()
    assert (feed.statistics().waiting, feed.statistics().sent) == (0, 1)
    assert analytics.rows == [("ten_1", "run_1", 1, NOW, "tool_completed", "advisor", "totals", 3, True, None)]
    assert len(analytics.rows[0]) == len(EVENTS.columns)


@pytest.mark.asyncio
async def test_what_comes_on_top_of_the_limit_is_dropped_and_counted(analytics: Analytics) -> None:
    feed = AnalyticsFeed(analytics, analytics.catch_up, held=10)
    for seq in range(1, 14):
        feed.offer_event("ten_1", event(seq))
    assert (feed.statistics().waiting, feed.statistics().dropped) == (10, 3)


@pytest.mark.asyncio
async def test_what_belongs_to_no_run_or_has_no_number_is_no_fact(analytics: Analytics) -> None:
    feed = AnalyticsFeed(analytics, analytics.catch_up)
    feed.offer_event("ten_1", event(0))
    feed.offer_event("ten_1", Event(EventType.ERROR, None, None, 0, 0, NOW, None, "{}"))
    assert feed.statistics().waiting == 0


@pytest.mark.asyncio
async def test_the_pauses_between_attempts_grow_to_a_limit_and_the_outage_is_logged_once(
    analytics: Analytics, caplog: pytest.LogCaptureFixture
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 20:
            analytics.away = False
        await asyncio.sleep(0)

    analytics.away = True
    feed = AnalyticsFeed(analytics, analytics.catch_up, sleep=sleep)
    feed.offer_event("ten_1", event(1))
    sending = asyncio.create_task(feed.send_always())
    await analytics.taken.wait()
    assert pauses[1:18:2] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert caplog.text.count("facts wait for ClickHouse") == 1
    sending.cancel()
    await asyncio.wait([sending])
    assert feed.statistics().error is None


@pytest.mark.asyncio
async def test_the_end_of_the_service_sends_what_waits_or_says_that_it_could_not(
    analytics: Analytics, caplog: pytest.LogCaptureFixture
) -> None:
    async with AnalyticsFeed.running(analytics, analytics.catch_up) as feed:
        feed.offer_event("ten_1", event(1))
    assert len(analytics.rows) == 1
    analytics.away = True
    async with AnalyticsFeed.running(analytics, analytics.catch_up) as feed:
        feed.offer_event("ten_1", event(2))
    assert "1 facts were not sent" in caplog.text


@pytest.mark.asyncio
async def test_a_tenant_whose_records_changed_is_caught_up_with_once_and_again_when_that_failed(
    analytics: Analytics,
) -> None:
    feed = AnalyticsFeed(analytics, analytics.catch_up)
    for tenant_id in ("ten_1", "ten_2", "ten_1"):
        feed.usage_changed(tenant_id)
    analytics.away = True
    with pytest.raises(StoreUnavailable):
        await feed.send_waiting()
    assert feed.statistics().tenants_waiting == 2
    analytics.away = False
    await feed.send_waiting()
    await feed.send_waiting()
    assert sorted(analytics.caught_up) == ["ten_1", "ten_2"]
    assert (feed.statistics().tenants_waiting, feed.statistics().sent) == (0, 14)
