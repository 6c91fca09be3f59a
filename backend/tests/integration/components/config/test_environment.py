"""Variables, files and directories: which of them counts, and that none reaches further than it should."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent_backend.config import ConfigError, Sources, UnifiedConfigManager
from goldenpath import SSotBaseTestCase

from .places import KEY, LONG_KEY, OTHER_KEY, SHARED, agent_backend, mounted, named, replaced


class TestEnvironment(SSotBaseTestCase):
    @pytest.mark.parametrize("port", ["8123", "8124"])
    def test_what_one_process_environment_says_is_isolated_from_any_other(self, port: str) -> None:
        self.assert_env_var_not_set("AGENT_BACKEND_PORT")
        for name, value in named(SHARED | {"PORT": port}).items():
            self.set_env_var(name, value)
        of_process = UnifiedConfigManager(Sources.of_process(os.environ))
        other = UnifiedConfigManager(Sources(named(SHARED)))
        assert (of_process.get("server.port"), other.get("server.port")) == (int(port), 8000)
        with self.temp_env_vars(AGENT_BACKEND_PORT="1"):
            assert of_process.get("server.port") == int(port)
        assert of_process.reload() == []

    def test_a_variable_precedes_the_file_the_file_the_default_and_among_secrets_the_first_place_wins(
        self, tmp_path: Path
    ) -> None:
        file = replaced(tmp_path / "backend.toml", "[server]\nport = 9000\nhost = '10.0.0.1'\n")
        elsewhere = replaced(tmp_path / "elsewhere.toml", "[server]\nport = 1\n")
        secrets = replaced(tmp_path / "secrets", f"# keys\nAGENT_BACKEND_SECRET_KEY={OTHER_KEY}\n")
        directory = mounted(tmp_path / "mounted", {"SECRET_KEY": LONG_KEY})
        environ = named(
            SHARED
            | {
                "PORT": "9001",
                "SECRETS_DIRECTORY": str(directory),
                "SECRETS_FILE": str(secrets),
                "CONFIG_FILE": str(elsewhere),
            }
        )

        def said(setting: str) -> tuple[object, str]:
            config = UnifiedConfigManager(Sources(environ, file))
            value = config.get(setting)
            return getattr(value, "get_secret_value", lambda: value)(), str(config.origin_of(setting))

        assert said("server.port") == (9001, "environment")
        assert said("server.host") == ("10.0.0.1", f"{file}, line 3")
        assert said("database.pool_size") == (10, "default")
        assert said("security.secret_key") == (KEY, "environment")
        del environ["AGENT_BACKEND_SECRET_KEY"], environ["AGENT_BACKEND_PORT"]
        assert said("server.port") == (9000, f"{file}, line 2")
        assert said("security.secret_key") == (LONG_KEY, str(directory / "AGENT_BACKEND_SECRET_KEY"))
        (directory / "AGENT_BACKEND_SECRET_KEY").unlink()
        assert said("security.secret_key") == (OTHER_KEY, f"{secrets}, line 2")

    def test_secrets_come_from_a_mounted_directory_and_a_broken_place_is_not_passed_over(self, tmp_path: Path) -> None:
        directory = mounted(tmp_path / "mounted", SHARED)
        settings = {"ENVIRONMENT": "production", "SECRETS_DIRECTORY": str(directory)}
        config = UnifiedConfigManager(Sources(named(settings)))
        assert config.get_config().security.secret_key.get_secret_value() == KEY
        secrets = replaced(tmp_path / "secrets", f"AGENT_BACKEND_SECRET_KEY={OTHER_KEY}\n")
        broken = directory / "AGENT_BACKEND_SECRET_KEY"
        broken.unlink()
        broken.mkdir()
        config = UnifiedConfigManager(Sources(named(settings | {"SECRETS_FILE": str(secrets)})))
        with self.expect_exception(ConfigError, "cannot be read") as refused:
            config.get_config()
        assert str(broken) in str(refused.value)
        assert OTHER_KEY not in str(refused.value)

    def test_nothing_of_one_run_is_found_by_the_next(self, tmp_path: Path, database_url: str, redis_url: str) -> None:
        file = replaced(tmp_path / "backend.toml", "[server]\nport = 99999\n")
        stores = {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "SECRET_KEY": KEY}
        before = {path: path.read_bytes() for path in tmp_path.rglob("*")}
        broken = agent_backend("doctor", "--config", str(file), **stores)
        assert {path: path.read_bytes() for path in tmp_path.rglob("*")} == before
        sound = agent_backend("doctor", **stores)
        assert (broken.returncode, sound.returncode) == (1, 0)
        assert f"{file}, line 2: server.port is not usable" in broken.stdout
        assert "MEND" not in sound.stdout
