"""What is allowed where."""

from __future__ import annotations

import pytest

from agent_backend.config import ConfigError, Environment, Sources, UnifiedConfigManager
from agent_backend.storage import DatabaseManager
from goldenpath import SSotAsyncTestCase

from ..assembly import variables
from .places import LONG_KEY, SHARED, agent_backend, named


class TestEnvironments(SSotAsyncTestCase):
    async def test_development_is_what_is_meant_when_nothing_is_said_and_may_use_this_machine(
        self, database_url: str, redis_url: str
    ) -> None:
        config = UnifiedConfigManager(Sources(variables(database_url, redis_url)))
        assert (config.get("environment"), config.validate()) == (Environment.DEVELOPMENT, [])
        database = await DatabaseManager.open(config.get("database.url").get_secret_value())
        self.add_cleanup(database.close)
        await database.ping()

    async def test_testing_may_use_this_machine_but_must_be_whole(self, database_url: str, redis_url: str) -> None:
        environ = variables(database_url, redis_url, ENVIRONMENT="testing")
        assert UnifiedConfigManager(Sources(environ)).get_config().environment is Environment.TESTING
        del environ["AGENT_BACKEND_REDIS_URL"]
        with self.expect_exception(ConfigError, "^AGENT_BACKEND_REDIS_URL is not set$"):
            UnifiedConfigManager(Sources(environ)).get_config()

    def test_staging_refuses_to_serve_from_this_machines_stores(self, database_url: str, redis_url: str) -> None:
        stores = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "CLICKHOUSE_URL": "chdb:///data"}
        told = agent_backend("serve", "--port", "0", ENVIRONMENT="staging", SECRET_KEY=LONG_KEY, **stores)
        assert (told.returncode, told.stdout) == (2, "")
        for name in stores:
            assert f"AGENT_BACKEND_{name} leads to this machine; name the host of the shared service" in told.stderr

    @pytest.mark.parametrize("forgotten", [*SHARED])
    def test_production_is_sound_with_shared_stores_and_refuses_to_be_without_any(self, forgotten: str) -> None:
        environ = named(SHARED | {"ENVIRONMENT": "production"})
        assert UnifiedConfigManager(Sources(environ)).get_config().environment.guarded
        del environ[f"AGENT_BACKEND_{forgotten}"]
        config = UnifiedConfigManager(Sources(environ))
        assert [str(problem) for problem in config.validate()] == [f"AGENT_BACKEND_{forgotten} is not set"]
        with pytest.raises(ConfigError):
            config.get_config()
