"""Redis, told to suites that run in processes of their own by a variable."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from goldenpath.databases import IsolatedStores
from goldenpath.environment import IsolatedEnvironment

REDIS_URL = "CASE_REDIS_URL"


@pytest.fixture
def told(stores: IsolatedStores, isolated_env: IsolatedEnvironment) -> Iterator[redis.Redis]:
    """A place of this test's own in Redis, which other processes find by `CASE_REDIS_URL`."""
    assert stores.redis is not None
    isolated_env.set(REDIS_URL, stores.redis.url)
    with stores.redis.connect() as client:
        yield client
