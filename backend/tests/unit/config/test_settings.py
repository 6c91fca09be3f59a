from __future__ import annotations

import os

import pytest

from agent_backend.config import ConfigError, Settings, load_settings

WORKING = {
    "AGENT_BACKEND_DATABASE_URL": "postgresql://user:hunter2@db.example.test/agents",
    "AGENT_BACKEND_REDIS_URL": "redis://:hunter2@cache.example.test/0",
    "AGENT_BACKEND_SECRET_KEY": "hunter2 hunter2 hunter2 hunter2 hunter2",
}


@pytest.fixture(autouse=True)
def _working(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("AGENT_BACKEND_"):
            monkeypatch.delenv(name)
    for name, value in WORKING.items():
        monkeypatch.setenv(name, value)


def test_what_is_set_is_read_and_what_may_be_left_out_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_BACKEND_PORT", "8123")
    settings = load_settings(Settings)
    assert settings.database_url.get_secret_value() == WORKING["AGENT_BACKEND_DATABASE_URL"]
    assert (settings.host, settings.port) == ("127.0.0.1", 8123)


def test_settings_do_not_show_their_secrets() -> None:
    assert "hunter2" not in repr(load_settings(Settings))
    assert "hunter2" not in str(load_settings(Settings))


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("DATABASE_URL", "hunter2", "must begin with postgresql:// or postgres://"),
        ("DATABASE_URL", "", "must begin with postgresql:// or postgres://"),
        ("DATABASE_URL", "mysql://u:hunter2@h/db", "must begin with postgresql:// or postgres://"),
        ("DATABASE_URL", "postgresql://user:12/hunter2@h/db", "percent-encode"),
        ("REDIS_URL", "redis://user:12?hunter2@h", "percent-encode"),
        ("REDIS_URL", "redis://user:12#hunter2@h", "percent-encode"),
        ("REDIS_URL", "http://hunter2", "must begin with redis:// or rediss:// or unix://"),
        ("SECRET_KEY", "hunter2", "at least 32"),
        ("SECRET_KEY", "", "at least 32"),
        ("HOST", "", "at least 1"),
        ("PORT", "hunter2", "valid integer"),
        ("PORT", "65536", "less than or equal to 65535"),
        ("PORT", "-1", "greater than or equal to 0"),
        ("PORT", "", "valid integer"),
    ],
)
def test_a_bad_setting_is_named_with_what_is_expected_and_without_its_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, problem: str
) -> None:
    monkeypatch.setenv(f"AGENT_BACKEND_{name}", value)
    with pytest.raises(ConfigError) as refused:
        load_settings(Settings)
    message = str(refused.value)
    assert message.startswith(f"AGENT_BACKEND_{name} is not usable: ")
    assert problem in message
    assert "hunter2" not in message


@pytest.mark.parametrize("name", WORKING)
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(ConfigError, match=f"^{name} is not set$"):
        load_settings(Settings)


def test_all_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_BACKEND_SECRET_KEY", "short")
    monkeypatch.delenv("AGENT_BACKEND_REDIS_URL")
    with pytest.raises(ConfigError) as refused:
        load_settings(Settings)
    assert [part.split()[0] for part in str(refused.value).split("; ")] == [
        "AGENT_BACKEND_REDIS_URL",
        "AGENT_BACKEND_SECRET_KEY",
    ]


def test_a_misspelt_setting_is_not_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT_BACKEND_PROT", "8123")
    with pytest.raises(ConfigError, match=r"AGENT_BACKEND_PROT is no setting; did you mean AGENT_BACKEND_PORT\?"):
        load_settings(Settings)
