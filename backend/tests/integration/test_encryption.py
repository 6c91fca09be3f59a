"""The stores of these tests speak no TLS: a way that must be encrypted is not used when it is not."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import pytest_asyncio

from agent_backend.storage import DatabaseManager, RedisStore, StoreUnavailable

BENCH = Path(__file__).parents[3] / "bench"


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a way to a store over a port."""
    monkeypatch.syspath_prepend(str(BENCH))
    from _cancellation import DelayingProxy

    return lambda upstream: DelayingProxy(upstream, random.Random(1)).listening()


@pytest_asyncio.fixture
async def database_url(proxy: Any, migrated_database: Callable[[], str]) -> AsyncIterator[str]:
    parts = urlsplit(migrated_database())
    socket = f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432"
    async with proxy(socket) as port:
        yield f"postgresql://postgres@127.0.0.1:{port}{parts.path}"


@pytest.mark.asyncio
async def test_a_database_that_must_be_encrypted_is_refused_without_it(database_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="SSL"):
        await DatabaseManager.open(f"{database_url}?sslmode=require")


@pytest.mark.asyncio
async def test_a_plain_way_is_told_for_what_it_is(database_url: str) -> None:
    database = await DatabaseManager.open(database_url)
    assert await database.encrypted() is False
    await database.close()


@pytest.mark.asyncio
async def test_a_redis_that_must_be_encrypted_is_refused_without_it(proxy: Any, redis_url: str) -> None:
    async with proxy(urlsplit(redis_url).path) as port:
        with pytest.raises(StoreUnavailable, match="AGENT_BACKEND_REDIS_URL"):
            await RedisStore.open(f"rediss://127.0.0.1:{port}")
        plain = await RedisStore.open(f"redis://127.0.0.1:{port}")
        await plain.close()
