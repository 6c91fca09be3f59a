"""One configuration for the whole service, and the rules of those who ask for more."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_backend.config import ConfigError, Settings, Sources, UnifiedConfigManager

from ..assembly import Assemble
from ..records import whole_data
from .places import LONG_KEY, SHARED, agent_backend, named, replaced

pytestmark = pytest.mark.asyncio
PRICES = """
[atlas-large]
input = 30.00
output = 90.00
cheaper = "pocket"

[pocket]
input = 0.10
output = 0.40
"""


async def test_one_configuration_supports_every_component(assemble: Assemble, tmp_path: Path) -> None:
    prices = replaced(tmp_path / "prices.toml", PRICES)
    async with assemble(
        DATABASE_POOL_SIZE="4",
        ACCESS_TOKEN_SECONDS="90",
        SOCKETS_HEARTBEAT_INTERVAL_SECONDS="9",
        AGENTS_TIMEOUT_SECONDS="50",
        AGENTS_QUESTIONS_WAITING="1",
        AGENTS_PRICE_FILE=str(prices),
        LANGUAGE_DAILY_TOKENS="7",
    ) as service:
        assert service.services.database.statistics().largest == 4
        ada = await service.user()
        await ada.spend(whole_data())
        async with service.agents_held():
            await ada.ask("Cut our cost")
            started = await ada.told(lambda event: event["type"] == "agent_started")
            [execution] = service.tracker.active(ada.principal)
            assert execution.limits.whole.total_seconds() == 50
            await ada.ask("And then?", started["thread_id"])
            await ada.ask("And then again?", started["thread_id"])
            refused = await ada.told(lambda event: event["type"] == "error")
            assert refused["payload"]["code"] == "run_active"
            service.clock.leap(seconds=9)
            assert (await ada.told(lambda event: event["type"] == "heartbeat"))["run_id"] is None
        end = await ada.ended(started["run_id"])
        details = [row[-1] for table in end["payload"]["result"]["tables"] for row in table["rows"]]
        assert any("to pocket" in str(detail) for detail in details)
        assert (await ada.ended(await ada.begun("And then?")))["type"] == "agent_completed"
        service.clock.leap(seconds=90)
        assert (await ada.look("/api/me")).status_code == 401
        dump = service.config.get_config().model_dump()
    assert dump.keys() == Settings.model_fields.keys()


async def test_the_enterprise_rules_ask_for_longer_keys_everywhere_and_a_service_that_keeps_them_runs(
    database_url: str, redis_url: str, assemble: Assemble
) -> None:
    for environment in ("development", "testing", "staging", "production"):
        strict = SHARED | {"PROFILE": "enterprise", "ENVIRONMENT": environment}
        with pytest.raises(ConfigError, match="SECRET_KEY must have 64 characters or more in the enterprise profile"):
            UnifiedConfigManager(Sources(named(strict | {"SECRET_KEY": LONG_KEY[:63]}))).get_config()
        assert UnifiedConfigManager(Sources(named(strict | {"SECRET_KEY": LONG_KEY}))).validate() == []
    stores = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": LONG_KEY[:63]}
    told = agent_backend("serve", "--port", "0", PROFILE="enterprise", **stores)
    assert (told.returncode, "64 characters or more" in told.stderr) == (2, True)
    async with assemble(PROFILE="enterprise", SECRET_KEY=LONG_KEY) as service:
        ada = await service.user()
        assert (await ada.get("/api/me"))["user_id"] == ada.principal.user_id
