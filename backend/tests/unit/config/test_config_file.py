from __future__ import annotations

from pathlib import Path

import pytest

from agent_backend.config import Environment, Sources, UnifiedConfigManager

WORKING = """\
environment = "development"

[server]          # where
host = "0.0.0.0"
port = 8123

[database]
url = "postgresql://user:hunter2@db.internal/agents"
[redis]
url = "redis://cache.internal"
[security]
secret_key = "hunter2-Vb8qZr1LkXw5TnYc0JdPfGsMeUoAiHtR"
[sockets]
allowed_origins = ["https://a.test"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "settings.conf"
    path.write_text(WORKING)
    return path


def problems(file: Path, **environ: str) -> list[str]:
    return [str(problem) for problem in UnifiedConfigManager(Sources(environ, file)).validate()]


def test_a_file_is_read_and_a_variable_wins_over_it(file: Path) -> None:
    config = UnifiedConfigManager(Sources({"AGENT_BACKEND_PORT": "9"}, file))
    assert (config.get("server.host"), config.get("server.port")) == ("0.0.0.0", 9)
    assert config.get("environment") is Environment.DEVELOPMENT
    assert config.get("sockets.allowed_origins") == ("https://a.test",)
    assert (config.origin_of("server.host").line, config.origin_of("server.port").source) == (4, "environment")


def test_a_variable_can_name_the_file(file: Path) -> None:
    assert UnifiedConfigManager(Sources({"AGENT_BACKEND_CONFIG_FILE": str(file)})).get("server.port") == 8123


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("port = 8123", "port = 'x'", 5, "server.port is not usable: input should be a valid integer"),
        ("port = 8123", "port = true", 5, "server.port is not usable: input should be a valid integer"),
        ("port = 8123", "port = 70000", 5, "server.port is not usable: input should be less than or equal to 65535"),
        ("port = 8123", "prot = 8123", 5, "server.prot is no setting; did you mean server.port?"),
        ("port = 8123", "port = ", 5, "is no TOML: invalid value"),
        ("port = 8123", "host = '1'", 5, "is no TOML: cannot overwrite a value"),
        ("[database]", "[databse]", 7, "databse is no setting; did you mean database"),
        ("[server]", "[server", 3, "is no TOML"),
        ("development", "prod", 1, "environment is not usable"),
        ("redis://", "http://", 10, "redis.url is not usable: must begin with redis://"),
        ('["https://a.test"]', "2026-01-01", 14, "sockets.allowed_origins is not usable"),
        ("[sockets]", "[sockets]\nheartbeat_timeout_seconds = 20", 14, "heartbeat_timeout_seconds must be more than"),
        ("[sockets]", "[sockets]\nnested.deep = 1", 14, "sockets.nested is no setting"),
    ],
)
def test_a_mistake_is_named_with_its_line(file: Path, old: str, new: str, line: int, says: str) -> None:
    file.write_text(WORKING.replace(old, new, 1))
    said = problems(file)
    assert any(problem.startswith(f"{file}, line {line}: ") and says in problem for problem in said), said
    assert "hunter2" not in "".join(said)


def test_where_it_counts_a_secret_in_the_file_is_refused_by_its_line(file: Path) -> None:
    file.write_text(WORKING.replace("development", "production"))
    said = [problem for problem in problems(file) if "does not belong into this file" in problem]
    assert [problem.partition(": ")[0].rpartition(" ")[2] for problem in said] == ["8", "10", "12"]


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert f"{tmp_path / 'absent'}: cannot be read (No such file or directory)" in problems(tmp_path / "absent")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    assert f"{tmp_path / 'binary'}: is not UTF-8 text" in problems(tmp_path / "binary")
