from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio.connection import AbstractConnection

BENCH = Path(__file__).parents[3] / "bench"
REQUESTS = 1500


@pytest.fixture
def cancellation(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The storm of the benchmark, which sends a hundred thousand."""
    monkeypatch.syspath_prepend(str(BENCH))
    import _cancellation

    return _cancellation


@pytest.mark.asyncio
async def test_a_cancelled_request_to_redis_hands_its_reply_to_nobody_else(cancellation: Any, redis_url: str) -> None:
    storm = await cancellation.storm_on_redis(redis_url, REQUESTS)
    assert (storm.requests, storm.crossed) == (REQUESTS, 0)
    assert min(storm.cancelled, storm.answered) > REQUESTS / 10


@pytest.mark.asyncio
async def test_a_cancelled_request_to_postgresql_hands_its_reply_to_nobody_else(
    cancellation: Any, migrated_database: Callable[[], str]
) -> None:
    storm = await cancellation.storm_on_postgres(migrated_database(), REQUESTS)
    assert (storm.requests, storm.crossed) == (REQUESTS, 0)
    assert min(storm.cancelled, storm.answered) > REQUESTS / 10


@pytest.mark.asyncio
async def test_the_storm_sees_a_client_that_keeps_the_connection_of_a_cancelled_request(
    cancellation: Any, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    disconnect = AbstractConnection.disconnect

    async def keep(self: AbstractConnection, nowait: bool = False, **options: Any) -> None:
        if not nowait:
            await disconnect(self, nowait, **options)

    monkeypatch.setattr(AbstractConnection, "disconnect", keep)
    assert (await cancellation.storm_on_redis(redis_url, REQUESTS)).crossed > 0
