from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent_backend.config import ConfigChange, ConfigError, Environment, Sources, UnifiedConfigManager

Make = Callable[..., UnifiedConfigManager]
NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_what_is_set_is_read_and_what_may_be_left_out_has_a_default(manager: Make) -> None:
    settings = manager(PORT="8123", SOCKETS_ALLOWED_ORIGINS="https://a.test, https://b.test").get_config()
    assert settings.database.url.get_secret_value().startswith("postgresql://user:hunter2")
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8123)
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.sockets.allowed_origins == ("https://a.test", "https://b.test")


def test_one_setting_is_read_by_its_dotted_name(manager: Make) -> None:
    config = manager(PORT="8123")
    assert config.get("server.port") == 8123
    assert config.get("database.pool_size") == 10
    assert config.origin_of("server.port").source == "environment"
    assert config.origin_of("database.pool_size").source == "default"
    with pytest.raises(ConfigError, match=r"'server.prot' is no setting; did you mean server.port\?"):
        config.get("server.prot")


def test_the_settings_are_read_once_and_cannot_be_changed(manager: Make) -> None:
    config = manager()
    settings = config.get_config()
    assert config.get_config() is settings
    with pytest.raises(ValueError, match="frozen"):
        settings.server.port = 1


def test_neither_settings_nor_manager_nor_sources_show_a_secret(manager: Make) -> None:
    config = manager()
    for shown in (config.get_config(), config.get("security.secret_key"), config, config._sources):
        assert "hunter2" not in repr(shown) + str(shown)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("DATABASE_URL", "hunter2", "must begin with postgresql:// or postgres://"),
        ("DATABASE_URL", "", "must begin with postgresql:// or postgres://"),
        ("DATABASE_URL", "mysql://u:hunter2@h/db", "must begin with postgresql:// or postgres://"),
        ("DATABASE_URL", "postgresql://user:12/hunter2@h/db", "percent-encode"),
        ("DATABASE_URL", "postgresql://[hunter2", "cannot be read"),
        ("REDIS_URL", "redis://user:12?hunter2@h", "percent-encode"),
        ("REDIS_URL", "redis://user:12#hunter2@h", "percent-encode"),
        ("REDIS_URL", "http://hunter2", "must begin with redis:// or rediss:// or unix://"),
        ("CLICKHOUSE_URL", "hunter2", "must begin with clickhouse://"),
        ("SECRET_KEY", "hunter2", "at least 32"),
        ("SECRET_KEY", "", "at least 32"),
        ("HOST", "", "at least 1"),
        ("PORT", "hunter2", "valid integer"),
        ("PORT", "65536", "less than or equal to 65535"),
        ("PORT", "-1", "greater than or equal to 0"),
        ("PORT", "", "valid integer"),
        ("ENVIRONMENT", "hunter2", "'development', 'testing', 'staging' or 'production'"),
        ("PROFILE", "hunter2", "'standard' or 'enterprise'"),
        ("AGENTS_TIMEOUT_SECONDS", "nan", "finite number"),
        ("AGENTS_TIMEOUT_SECONDS", "0", "greater than 0"),
        ("LANGUAGE_API_KEY", " ", "must not be blank"),
        ("LOG_LEVEL", "hunter2", "pattern"),
    ],
)
def test_a_bad_setting_is_named_with_what_is_expected_and_without_its_value(
    manager: Make, name: str, value: str, problem: str
) -> None:
    config = manager(**{name: value})
    with pytest.raises(ConfigError) as refused:
        config.get_config()
    message = str(refused.value)
    assert f"AGENT_BACKEND_{name} is not usable: " in message
    assert problem in message
    assert "hunter2" not in message


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL", "SECRET_KEY"])
def test_a_missing_setting_is_named(manager: Make, name: str) -> None:
    with pytest.raises(ConfigError, match=f"^AGENT_BACKEND_{name} is not set$"):
        manager(**{name: None}).get_config()


def test_all_problems_are_told_at_once(manager: Make) -> None:
    problems = manager(SECRET_KEY="short", REDIS_URL=None, PROT="1", AGENTS_TIMEOUT_SECONDS="600").validate()
    assert [(problem.rule, problem.setting) for problem in problems] == [
        ("unknown", ""),
        ("missing", "redis.url"),
        ("setting", "security.secret_key"),
        ("receive-timeout", "sockets.receive_timeout_seconds"),
    ]


def test_a_misspelt_setting_is_not_ignored(manager: Make) -> None:
    with pytest.raises(ConfigError, match=r"AGENT_BACKEND_PROT is no setting; did you mean AGENT_BACKEND_PORT\?"):
        manager(PROT="8123").get_config()


def test_a_command_that_needs_one_setting_is_not_held_up_by_the_others(manager: Make) -> None:
    config = manager(SECRET_KEY="short", REDIS_URL=None)
    assert config.require("database.url").get_secret_value().endswith("@db.internal/agents")
    for broken in ({"DATABASE_URL": "x"}, {"DATABASE_URL": None}, {"DATABSE_URL": "x"}, {"ENVIRONMENT": "x"}):
        with pytest.raises(ConfigError):
            manager(**broken).require("database.url")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "backend.toml"
    path.write_text("[server]\nport = 1\n[agents]\ntimeout_seconds = 1\n")
    return path


@pytest.fixture
def recorded() -> list[ConfigChange]:
    return []


@pytest.fixture
def reloading(manager: Make, file: Path, recorded: list[ConfigChange], tmp_path: Path) -> UnifiedConfigManager:
    environ = dict(manager()._sources.environ) | {"AGENT_BACKEND_SECRETS_DIRECTORY": str(tmp_path)}
    return UnifiedConfigManager(Sources(environ, file), now=lambda: NOW, record=recorded.append)


def test_a_reload_swaps_the_settings_and_records_what_changed(
    reloading: UnifiedConfigManager, file: Path, recorded: list[ConfigChange]
) -> None:
    old = reloading.get_config()
    assert reloading.reload() == []
    file.write_text("[server]\nport = 2\n[agents]\ntimeout_seconds = 1\n")
    (change,) = reloading.reload()
    assert (change.setting, change.before, change.after, change.at) == ("server.port", "1", "2", NOW)
    assert (change.origin.place, change.origin.line) == (str(file), 2)
    assert (old.server.port, reloading.get_config().server.port) == (1, 2)
    assert recorded == list(reloading.history()) == [change]


def test_a_secret_that_changes_is_recorded_without_being_shown(
    reloading: UnifiedConfigManager, tmp_path: Path, recorded: list[ConfigChange]
) -> None:
    reloading.get_config()
    (tmp_path / "AGENT_BACKEND_PREVIOUS_SECRET_KEY").write_text("hunter2-cK9wQm4ZtB7xVn2RsLp8YfJd3GhUaEoT\n")
    reloading.reload()
    assert [(change.setting, change.before, change.after) for change in recorded] == [
        ("security.previous_secret_key", "unset", "***")
    ]
    assert "hunter2" not in repr(recorded)


def test_a_reload_that_breaks_a_rule_changes_nothing(reloading: UnifiedConfigManager, file: Path) -> None:
    before = reloading.get_config()
    file.write_text("[server]\nport = 2\n[agents]\ntimeout_seconds = 600\n")
    with pytest.raises(ConfigError, match="RECEIVE_TIMEOUT"):
        reloading.reload()
    assert reloading.get_config() is before
    assert reloading.history() == ()


def test_readers_never_see_half_of_a_reload(reloading: UnifiedConfigManager, file: Path) -> None:
    reloading.get_config()
    stop, torn = threading.Event(), []

    def look() -> None:
        while not stop.is_set():
            settings: Any = reloading.get_config()
            if settings.server.port != settings.agents.timeout_seconds:
                torn.append(settings)

    readers = [threading.Thread(target=look) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(2, 30):
        file.write_text(f"[server]\nport = {number}\n[agents]\ntimeout_seconds = {number}\n")
        reloading.reload()
    stop.set()
    for reader in readers:
        reader.join()
    assert torn == []
    assert reloading.get("server.port") == 29
