from __future__ import annotations

import os
from collections.abc import Callable

import psycopg
import pytest
import redis

from agent_backend.cli import main

Doctor = Callable[..., tuple[int, str]]


@pytest.fixture
def doctor(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Runs the command in the environment of a service that works, with some of it changed; returns what it printed."""

    def run(bare: bool = False, **changes: str) -> tuple[int, str]:
        for name in list(os.environ):
            if name.startswith("AGENT_BACKEND_"):
                monkeypatch.delenv(name)
        settings = {} if bare else {name: value for name, value in env.items() if name.startswith("AGENT_BACKEND_")}
        for name, value in (settings | {f"AGENT_BACKEND_{name}": value for name, value in changes.items()}).items():
            monkeypatch.setenv(name, value)
        code = main(["doctor"])
        said = capsys.readouterr()
        assert said.err == ""
        return code, said.out

    return run


@pytest.fixture(scope="module")
def database(migrated_database: Callable[[], str]) -> str:
    return migrated_database()


@pytest.fixture
def env(working_env: Callable[[str], dict[str, str]], database: str) -> dict[str, str]:
    return working_env(database)


def test_a_sound_service_has_nothing_to_mend(doctor: Doctor) -> None:
    code, text = doctor()
    assert code == 0
    assert [line.split(":")[0] for line in text.splitlines()] == [
        "ok    configuration",
        "ok    PostgreSQL",
        "ok    Redis",
    ]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"DATABASE_URL": "postgresql://u:p@localhost/d"}, "local-address: a shared service cannot be on this machine"),
        ({"CLICKHOUSE_URL": "chdb:///data"}, "local-address"),
        ({}, "missing-store: nothing may be left out where it counts"),
        ({"SECRET_KEY": "change-me-change-me-change-me-change-me"}, "default-secret: defaults are known to everyone"),
        ({"PREVIOUS_SECRET_KEY": "a secret key for this test run only, 0123456789"}, "repeated-secret"),
        ({"PROFILE": "enterprise"}, "enterprise-secret"),
        ({"SOCKETS_ALLOWED_ORIGINS": "*"}, "any-origin"),
        ({"SOCKETS_HEARTBEAT_TIMEOUT_SECONDS": "5"}, "heartbeat: a heartbeat must have time to arrive"),
        ({"SOCKETS_RECEIVE_TIMEOUT_SECONDS": "5"}, "receive-timeout"),
        ({"LANGUAGE_URL": "https://llm.example.org/v1"}, "half-a-language"),
        ({"PORT": "x"}, "AGENT_BACKEND_PORT is not usable"),
        ({"PROT": "1"}, "AGENT_BACKEND_PROT is no setting; did you mean AGENT_BACKEND_PORT?"),
    ],
)
def test_every_misconfiguration_is_explained(doctor: Doctor, changes: dict[str, str], rule: str) -> None:
    nowhere = {"DATABASE_URL": "postgresql://u:pw@127.0.0.1:1/d", "REDIS_URL": "redis://127.0.0.1:1"}
    code, text = doctor(ENVIRONMENT="production", **nowhere | changes)
    assert code == 1
    assert any(line.startswith("MEND  configuration: ") and rule in line for line in text.splitlines()), text
    assert "for this test run only" not in text


def test_a_store_that_does_not_answer_is_named_beside_those_that_do(doctor: Doctor) -> None:
    code, text = doctor(REDIS_URL="redis://:hunter2@127.0.0.1:1", CLICKHOUSE_URL="http://u:hunter2@127.0.0.1:1")
    assert code == 1
    assert "ok    PostgreSQL: " in text
    assert "MEND  Redis: it cannot be used" in text
    assert "MEND  ClickHouse: 127.0.0.1:1 cannot be used" in text
    assert "hunter2" not in text


def test_a_schema_that_lags_behind_is_named(doctor: Doctor, new_database: Callable[[], str]) -> None:
    code, text = doctor(DATABASE_URL=new_database())
    assert (code, "MEND  PostgreSQL: the database lacks" in text) == (1, True)


def test_a_table_without_forced_row_level_security_is_named(
    doctor: Doctor, migrated_database: Callable[[], str]
) -> None:
    url = migrated_database()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER TABLE messages NO FORCE ROW LEVEL SECURITY")
    code, text = doctor(DATABASE_URL=url)
    assert (code, "MEND  PostgreSQL: table messages is not under forced row level security" in text) == (1, True)


def test_a_redis_that_may_throw_tickets_away_is_named(doctor: Doctor, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        before = client.config_get("maxmemory-policy")["maxmemory-policy"]
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            code, text = doctor()
        finally:
            client.config_set("maxmemory-policy", before)
    assert (code, "MEND  Redis: its maxmemory-policy is allkeys-lru" in text) == (1, True)


def test_without_configuration_the_doctor_looks_at_what_would_be_started(
    doctor: Doctor, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("d")
    code, text = doctor(bare=True, DATA_DIRECTORY=str(folder))
    assert code == 0
    assert f"ok    data directory: {folder}, free" in text
    (folder / "something").write_text("else")
    code, text = doctor(bare=True, DATA_DIRECTORY=str(folder))
    assert (code, f"MEND  data directory: {folder} holds something else" in text) == (1, True)
    assert [entry.name for entry in folder.iterdir()] == ["something"]
