"""Settings are read once, and again when somebody says so."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agent_backend.config import ConfigError, Settings, Sources, UnifiedConfigManager

from .places import SHARED, mounted, named, replaced

READERS = 2


def twins(number: int) -> str:
    """A file that says one number twice."""
    return f"[server]\nport = {number}\n[agents]\ntimeout_seconds = {number}\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return replaced(tmp_path / "backend.toml", twins(20))


@pytest.fixture
def config(file: Path) -> UnifiedConfigManager:
    return UnifiedConfigManager(Sources(named(SHARED), file))


def test_settings_are_read_once_and_everybody_is_given_the_same(config: UnifiedConfigManager, file: Path) -> None:
    settings = config.get_config()
    replaced(file, twins(30))
    assert config.get_config() is settings
    assert (config.get("server.port"), config.get("agents.timeout_seconds")) == (20, 20.0)
    with ThreadPoolExecutor(READERS) as threads:
        assert {id(each) for each in threads.map(lambda _: config.get_config(), range(64))} == {id(settings)}


def test_a_reload_is_what_invalidates_and_one_that_cannot_be_used_does_not(
    config: UnifiedConfigManager, file: Path
) -> None:
    old = config.get_config()
    replaced(file, twins(30))
    config.reload()
    assert (old.server.port, config.get_config().server.port) == (20, 30)
    replaced(file, twins(170) + "[sockets]\nreceive_timeout_seconds = 100\n")
    with pytest.raises(ConfigError, match="must be more than AGENT_BACKEND_AGENTS_TIMEOUT_SECONDS"):
        config.reload()
    assert config.get("server.port") == 30
    replaced(file, "[server\n")
    with pytest.raises(ConfigError, match=r"backend.toml, line 1: is no TOML"):
        config.reload()
    assert config.get_config().agents.timeout_seconds == 30


def test_concurrent_readers_never_see_half_of_a_reload(config: UnifiedConfigManager, file: Path) -> None:
    done, seen = threading.Event(), set[tuple[float, float]]()

    def read() -> int:
        looks = 0
        while not done.is_set() or not looks:
            settings: Settings = config.get_config()
            seen.add((settings.server.port, settings.agents.timeout_seconds))
            looks += 1
        return looks

    with ThreadPoolExecutor(READERS + 2) as threads:
        reading = [threads.submit(read) for _ in range(READERS)]
        for number in range(21, 41):
            replaced(file, twins(number))
            for reload in [threads.submit(config.reload) for _ in range(2)]:
                reload.result()
        done.set()
        assert all(reader.result() for reader in reading)
    assert all(port == timeout for port, timeout in seen)
    assert config.get("server.port") == 40
    assert [change.after for change in config.history() if change.setting == "server.port"] == [
        str(number) for number in range(21, 41)
    ]


def test_a_setting_costs_no_look_at_its_source_even_when_that_is_gone(tmp_path: Path, file: Path) -> None:
    places = mounted(tmp_path / "secrets", {"SECRET_KEY": SHARED["SECRET_KEY"]})
    environ = named(SHARED | {"SECRETS_DIRECTORY": str(places)})
    del environ["AGENT_BACKEND_SECRET_KEY"]
    config = UnifiedConfigManager(Sources(environ, file))
    config.get_config()
    (places / "AGENT_BACKEND_SECRET_KEY").unlink()
    places.rmdir()
    file.unlink()
    environ.clear()
    assert {config.get("server.port") for _ in range(1000)} == {20}
    assert config.get("security.secret_key").get_secret_value() == SHARED["SECRET_KEY"]
    assert len(config.validate()) >= 4
    with pytest.raises(ConfigError):
        config.reload()
    assert config.get_config().server.port == 20
