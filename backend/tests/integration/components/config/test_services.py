"""What the settings say is what the services do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent_backend.config import Sources, UnifiedConfigManager
from agent_backend.storage import ClickHouse, RedisStore
from goldenpath import ServiceStack

from ..assembly import Assemble, open_assembly, variables
from .places import KEY, OTHER_KEY

pytestmark = pytest.mark.asyncio


@pytest.fixture(scope="module")
def clickhouse_url() -> Iterator[str]:
    with ServiceStack("clickhouse") as stack:
        yield stack["clickhouse"].url


async def test_the_database_is_the_one_of_the_settings_with_as_many_connections_as_they_allow(
    assemble: Assemble, database_url: str
) -> None:
    async with assemble(DATABASE_POOL_SIZE="3") as service:
        assert service.config.get("database.url").get_secret_value() == database_url
        assert service.services.database.statistics().largest == 3
        ada = await service.user()
        assert await service.query("SELECT id FROM users") == [(ada.principal.user_id,)]


async def test_the_websocket_keeps_the_heartbeat_the_patience_and_the_origins_of_the_settings(
    assemble: Assemble,
) -> None:
    async with assemble(
        SOCKETS_HEARTBEAT_INTERVAL_SECONDS="7",
        SOCKETS_HEARTBEAT_TIMEOUT_SECONDS="20",
        SOCKETS_RECEIVE_TIMEOUT_SECONDS="150",
        SOCKETS_ALLOWED_ORIGINS="https://app.internal",
    ) as service:
        ada = await service.user()
        assert await service.knocked(ada, "https://evil.internal") == 403
        assert await service.knocked(ada, "https://app.internal") == 101
        service.clock.leap(seconds=7)
        await ada.client.wait_for_event("heartbeat")
        service.clock.leap(seconds=143)
        ending = await ada.client.wait_closed()
        assert (ending.who, ending.code) == ("the server", 3009)


async def test_tokens_live_as_long_as_the_settings_say_and_a_key_is_rotated_without_logging_anybody_out(
    database_url: str, redis_url: str
) -> None:
    environ = variables(database_url, redis_url, SECRET_KEY=KEY, ACCESS_TOKEN_SECONDS="60")
    async with open_assembly(environ) as service:
        ada = await service.user()
        environ |= {"AGENT_BACKEND_SECRET_KEY": OTHER_KEY, "AGENT_BACKEND_PREVIOUS_SECRET_KEY": KEY}
        service.config.reload()
        bob = await service.user()
        assert [(await user.look("/api/me")).status_code for user in (ada, bob)] == [200, 200]
        del environ["AGENT_BACKEND_PREVIOUS_SECRET_KEY"]
        service.config.reload()
        assert [(await user.look("/api/me")).status_code for user in (ada, bob)] == [401, 200]
        service.clock.leap(seconds=60)
        assert (await bob.look("/api/me")).status_code == 401


async def test_redis_and_clickhouse_are_those_of_the_settings(
    assemble: Assemble, redis_url: str, clickhouse_url: str
) -> None:
    async with assemble(CLICKHOUSE_URL=clickhouse_url) as service:
        redis = await RedisStore.open(service.config.get("redis.url").get_secret_value())
        await redis.ping()
        await redis.close()
        assert service.config.get("redis.url").get_secret_value() == redis_url
        assert service.services.analytics is not None
    config = UnifiedConfigManager(Sources(variables("postgresql://unused.internal/x", redis_url)))
    assert config.get("clickhouse.url") is None
    clickhouse = await ClickHouse.open(service.config.get("clickhouse.url").get_secret_value())
    await clickhouse.ping()
    await clickhouse.close()
