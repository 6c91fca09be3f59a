"""Who sees what of the configuration, and what is written down about it."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from agent_backend.config import ConfigError, Sources, UnifiedConfigManager

from ..assembly import Assembly
from .places import KEY, LONG_KEY, OTHER_KEY, PASSWORDS, SHARED, agent_backend, mounted, named, replaced

SECRETS = [KEY, *PASSWORDS.values()]


def test_secrets_are_masked_in_every_repr_error_log_and_output(caplog: pytest.LogCaptureFixture) -> None:
    environ = named(SHARED)
    config = UnifiedConfigManager(Sources(environ))
    settings = config.get_config()
    shown = [repr(settings), str(settings), settings.model_dump_json(), repr(config), repr(Sources(environ))]
    shown += [repr(config.get(name)) for name in ("database.url", "redis.url", "security.secret_key")]
    environ |= named({"SECRET_KEY": OTHER_KEY, "DATABASE_URL": SHARED["DATABASE_URL"].replace("db", "db2")})
    with caplog.at_level(logging.INFO):
        shown += [repr(config.reload()), repr(config.history()), caplog.text]
    told = agent_backend("migrate", **SHARED | {"ENVIRONMENT": "Rk7uXw2Lq9Ze"})
    shown += [told.stdout, told.stderr]
    assert (told.returncode, told.stdout) == (2, "")
    assert "AGENT_BACKEND_ENVIRONMENT is not usable" in told.stderr
    for secret in (*SECRETS, OTHER_KEY):
        assert [text for text in shown if secret in text] == []
    assert set(config.secrets()) == {OTHER_KEY, *PASSWORDS.values(), *_urls(config)}


def _urls(config: UnifiedConfigManager) -> set[str]:
    return {config.get(f"{store}.url").get_secret_value() for store in ("database", "redis", "clickhouse")}


def test_access_is_by_known_names_to_what_cannot_be_changed() -> None:
    config = UnifiedConfigManager(Sources(named(SHARED)))
    settings = config.get_config()
    for use in (config.get, config.require, config.says, config.origin_of):
        with pytest.raises(ConfigError, match=r"'server.prot' is no setting; did you mean server.port\?"):
            use("server.prot")
    with pytest.raises(ValidationError, match="frozen"):
        settings.server.port = 1  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        settings.security.secret_key = settings.database.url  # type: ignore[misc]
    assert config.get_config().server.port == 8000


def test_every_change_leaves_a_trail_of_when_from_what_to_what_and_whence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    moments = iter(datetime(2026, 11, 21, tzinfo=UTC) + timedelta(hours=hour) for hour in range(9))
    file = replaced(tmp_path / "backend.toml", "[server]\nport = 1\n")
    directory = mounted(tmp_path / "secrets", {"SECRET_KEY": KEY})
    environ = named({**SHARED, "SECRETS_DIRECTORY": str(directory)})
    del environ["AGENT_BACKEND_SECRET_KEY"]
    config = UnifiedConfigManager(Sources(environ, file), now=lambda: next(moments))
    config.get_config()
    replaced(file, "[server]\nport = 2\n")
    mounted(directory, {"SECRET_KEY": LONG_KEY})
    with caplog.at_level(logging.INFO, "agent_backend.audit"):
        changes = config.reload()
        replaced(file, "[server]\nport = 99999\n")
        with pytest.raises(ConfigError):
            config.reload()
    assert [(each.setting, each.before, each.after, str(each.origin)) for each in changes] == [
        ("server.port", "1", "2", f"{file}, line 2"),
        ("security.secret_key", "***", "***", str(directory / "AGENT_BACKEND_SECRET_KEY")),
    ]
    assert {each.at for each in changes} == {datetime(2026, 11, 21, tzinfo=UTC)}
    assert config.history() == tuple(changes)
    audit = [record.getMessage() for record in caplog.records if record.name == "agent_backend.audit"]
    assert audit == [f"{each.setting} changed from {each.before} to {each.after} ({each.origin})" for each in changes]


@pytest.mark.asyncio
async def test_what_nobody_sets_is_set_safely(service: Assembly) -> None:
    settings = service.config.get_config()
    assert settings.server.host == "127.0.0.1"
    assert settings.security.access_token_seconds <= 15 * 60
    assert settings.sockets.allowed_origins == ()
    assert (settings.agents.questions_waiting, settings.language.url, settings.log.level) == (0, None, "INFO")
    ada = await service.user()
    assert await service.knocked(ada, "https://any.internal") == 403
    assert await service.knocked(ada, service.url) == 101
    service.clock.leap(seconds=settings.security.access_token_seconds)
    assert (await ada.look("/api/me")).status_code == 401
