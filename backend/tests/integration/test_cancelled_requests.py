from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
async def test_the_storm_sees_a_client_that_keeps_the_connection_of_a_cancelled_request(cancellation: Any) -> None:
    chance = random.Random(1)
    async with (
        await asyncio.start_server(echo, "127.0.0.1", 0) as server,
        cancellation.DelayingProxy(server.sockets[0].getsockname(), chance).listening() as port,
    ):
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(cancellation.WORKERS)]
        connections = list(idle)

        async def ask(number: int) -> bool:
            reader, writer = idle.pop()
            try:
                writer.write(b"%d\n" % number)
                return await reader.readline() == b"%d\n" % number
            finally:
                idle.append((reader, writer))

        storm = await cancellation.storm(ask, REQUESTS, chance)
        for _, writer in connections:
            writer.close()
    assert storm.requests == REQUESTS
    assert storm.crossed > 0


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(line)
    writer.close()
