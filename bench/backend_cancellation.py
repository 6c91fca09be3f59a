"""A hundred thousand requests to Redis and as many to PostgreSQL, half of them cancelled in flight: crossed replies."""

from __future__ import annotations

import asyncio

from _cancellation import Storm, storm_on_postgres, storm_on_redis
from _measuring import publish

from agent_backend.storage import migrate
from goldenpath.services import ServiceStack

REQUESTS = 100_000


def measure() -> dict[str, object]:
    with ServiceStack("postgres", "redis") as stack:
        migrate(stack["postgres"].url)
        return {
            **_figures("redis", asyncio.run(storm_on_redis(stack["redis"].url, REQUESTS))),
            **_figures("postgres", asyncio.run(storm_on_postgres(stack["postgres"].url, REQUESTS))),
        }


def _figures(store: str, storm: Storm) -> dict[str, object]:
    return {
        f"{store}_requests": storm.requests,
        f"{store}_cancelled": storm.cancelled,
        f"{store}_crossed": storm.crossed,
    }


if __name__ == "__main__":
    publish(__doc__, measure)
