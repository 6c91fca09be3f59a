from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from agent_backend.storage.migrations.migration import LOCK, read_migrations

EVERY_MIGRATION = [migration.label for migration in read_migrations()]
COMMAND = [sys.executable, "-m", "agent_backend"]


def run(arguments: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], env=env, capture_output=True, text=True, timeout=60, check=False)


def refused(arguments: list[str], env: dict[str, str]) -> str:
    """The one line with which a command refuses."""
    answer = run(arguments, env)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.startswith("agent-backend: ")
    assert answer.stderr.count("\n") == 1
    return answer.stderr


@pytest.fixture(scope="module")
def env(working_env: Callable[..., dict[str, str]], migrated_database: Callable[[], str]) -> dict[str, str]:
    """The environment of a service that works."""
    return working_env(migrated_database())


def test_a_service_that_is_not_for_development_names_the_settings_it_needs(env: dict[str, str]) -> None:
    bare = {name: value for name, value in env.items() if not name.startswith("AGENT_BACKEND_")}
    line = refused(["serve"], bare | {"AGENT_BACKEND_ENVIRONMENT": "testing"})
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        assert f"AGENT_BACKEND_{name} is not set" in line


def test_migrating_needs_only_the_database(env: dict[str, str]) -> None:
    bare = {name: value for name, value in env.items() if not name.startswith("AGENT_BACKEND_")}
    assert "AGENT_BACKEND_DATABASE_URL is not set" in refused(
        ["migrate"], bare | {"AGENT_BACKEND_ENVIRONMENT": "testing"}
    )
    name = "AGENT_BACKEND_DATABASE_URL"
    assert run(["migrate"], bare | {name: env[name]}).returncode == 0


def test_a_taken_port_is_refused_before_anything_else_is_touched(
    working_env: Callable[..., dict[str, str]], new_database: Callable[[], str]
) -> None:
    url = new_database()
    env = working_env(url)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        unreachable = env | {"AGENT_BACKEND_REDIS_URL": "redis://127.0.0.1:1"}
        line = refused(["serve", "--migrate", "--port", port], unreachable)
        assert f"cannot listen on 127.0.0.1:{port}" in line
        assert line == refused(["serve"], unreachable | {"AGENT_BACKEND_PORT": port})
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT to_regclass('schema_migrations')").fetchone() == (None,)


def test_a_host_that_is_not_ours_is_refused(env: dict[str, str]) -> None:
    assert "cannot listen on no.such.host.invalid:0" in refused(
        ["serve", "--port", "0", "--host", "no.such.host.invalid"], env
    )


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:hunter2@127.0.0.1:1/db",
        "postgresql:///nothing?host=/no/such/folder",
        "postgresql://u:hunter2@127.0.0.1:x/db",
        "postgresql://u:%hunter2@127.0.0.1/db",
        "postgresql://u@127.0.0.1/db?hunter2=1",
    ],
)
def test_an_unreachable_database_is_named_without_its_password(env: dict[str, str], url: str) -> None:
    for command in (["serve", "--port", "0"], ["migrate"]):
        line = refused(command, env | {"AGENT_BACKEND_DATABASE_URL": url})
        assert "PostgreSQL" in line
        assert "AGENT_BACKEND_DATABASE_URL" in line
        assert "hunter2" not in line


@pytest.mark.parametrize(
    "url", ["redis://:hunter2@127.0.0.1:1", "redis://:hunter2@127.0.0.1:x", "unix:///no/such/socket?db=hunter2"]
)
def test_an_unreachable_redis_is_named_without_its_password(env: dict[str, str], url: str) -> None:
    line = refused(["serve", "--port", "0"], env | {"AGENT_BACKEND_REDIS_URL": url})
    assert "Redis: " in line
    assert "AGENT_BACKEND_REDIS_URL" in line
    assert "hunter2" not in line


def test_a_database_without_the_schema_is_refused_with_the_command_that_mends_it(
    working_env: Callable[..., dict[str, str]], new_database: Callable[[], str]
) -> None:
    env = working_env(new_database())
    assert "run: agent-backend migrate" in refused(["serve", "--port", "0"], env)
    assert json.loads(run(["migrate"], env).stdout) == {"event": "migrated", "applied": EVERY_MIGRATION}
    assert json.loads(run(["migrate"], env).stdout) == {"event": "migrated", "applied": []}


def test_a_database_that_is_newer_than_the_program_or_was_tampered_with_is_refused(
    working_env: Callable[..., dict[str, str]], migrated_database: Callable[[], str]
) -> None:
    url = migrated_database()
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO schema_migrations (version, name, checksum) VALUES (9999, 'later', '')")
    for command in (["serve", "--port", "0"], ["migrate"]):
        assert "version 9999, newer than this program" in refused(command, working_env(url))
    with psycopg.connect(url) as connection:
        connection.execute("DELETE FROM schema_migrations WHERE version = 9999")
        connection.execute("UPDATE schema_migrations SET checksum = 'x'")
    assert "was changed after it had been applied" in refused(["migrate"], working_env(url))


def test_of_processes_that_migrate_at_once_one_does_the_work(
    working_env: Callable[..., dict[str, str]], new_database: Callable[[], str]
) -> None:
    env = working_env(new_database())
    racers = [
        subprocess.Popen([*COMMAND, "migrate"], env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    outcomes = [racer.communicate(timeout=60) for racer in racers]
    assert [stderr for _, stderr in outcomes] == [""] * 4
    applied = [json.loads(stdout)["applied"] for stdout, _ in outcomes]
    assert sorted(applied) == [[], [], [], EVERY_MIGRATION]


def test_a_migration_waits_for_the_one_that_holds_the_lock(
    working_env: Callable[..., dict[str, str]], new_database: Callable[[], str]
) -> None:
    url = new_database()
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = %s"
    with psycopg.connect(url, autocommit=True) as connection:
        database = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        process = subprocess.Popen([*COMMAND, "migrate"], env=working_env(url), stdout=subprocess.PIPE, text=True)
        while connection.execute(waiting, database).fetchone() == (0,):
            assert process.poll() is None
        assert connection.execute("SELECT to_regclass('tenants')").fetchone() == (None,)
    stdout, _ = process.communicate(timeout=60)
    assert json.loads(stdout)["applied"] == EVERY_MIGRATION


def test_bad_options_are_refused(env: dict[str, str]) -> None:
    for arguments in ([], ["fly"], ["serve", "--port", "65536"], ["serve", "--port", "x"], ["serve", "--prot", "1"]):
        answer = run(arguments, env)
        assert (answer.returncode, answer.stdout) == (2, "")
        assert "error: " in answer.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_closes_the_sockets_as_going_away_and_ends_the_service_cleanly(
    start_backend: Callable[[], Any], number: signal.Signals
) -> None:
    backend = start_backend()
    with backend.visitor().connected() as one, backend.visitor().connected() as other:
        backend.process.send_signal(number)
        assert (one.closed().code, other.closed().code) == (1001, 1001)
    assert backend.process.wait(30) == 0
    assert backend.process.stdout.read() == ""
    assert not re.search("^(WARNING|ERROR|CRITICAL)", backend.log.read_text(), re.MULTILINE)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(backend.url.rpartition(":")[2])))
    connected = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    assert backend.query(connected) == [(0,)]


def test_the_ready_line_names_the_process_that_serves(backend: Any) -> None:
    assert backend.ready == {"event": "ready", "url": backend.url, "pid": backend.process.pid}
    os.kill(backend.ready["pid"], 0)


def test_a_run_that_is_worked_on_during_the_stop_is_let_go_of_for_another_instance(
    start_backend: Callable[[], Any],
) -> None:
    backend = start_backend()
    with backend.visitor().connected() as tab, backend.agents_held():
        tab.ask()
        while tab.receive()["type"] != "tool_executing":
            pass
        backend.process.send_signal(signal.SIGTERM)
        assert tab.closed().code == 1001
    assert backend.process.wait(30) == 0
    assert backend.query("SELECT state, finished_at FROM runs") == [("running", None)]
