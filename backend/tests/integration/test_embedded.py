"""The service without any configuration: stores of its own, which live and die with it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from agent_backend.embedded.account import Account, within_reach
from agent_backend.embedded.programs import find_postgres

COMMAND = [sys.executable, "-m", "agent_backend"]


@pytest.fixture
def directory() -> Iterator[Path]:
    """A data directory that an unprivileged account may pass through, as PostgreSQL needs under root."""
    with tempfile.TemporaryDirectory(prefix="agent-backend-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


@pytest.fixture
def env(directory: Path) -> dict[str, str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith("AGENT_BACKEND_")}
    return bare | {"AGENT_BACKEND_DATA_DIRECTORY": str(directory)}


@pytest.fixture
def serving(env: dict[str, str], tmp_path: Path) -> Callable[..., Any]:
    """Starts the service and yields its process and what it says."""

    @contextmanager
    def start(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[dict[str, Any]]]]:
        with (tmp_path / "log").open("w") as log:
            process = subprocess.Popen(
                [*COMMAND, "serve", "--port", "0", *arguments], env=env, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert process.stdout is not None
        said: list[dict[str, Any]] = []
        try:
            while not said or said[-1]["event"] != "ready":
                line = process.stdout.readline()
                assert line, (tmp_path / "log").read_text()
                said.append(json.loads(line))
            yield process, said
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    return start


def run(env: dict[str, str], *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], env=env, input=text, capture_output=True, text=True, timeout=60, check=False
    )


def costs(url: str, person: dict[str, str]) -> list[tuple[str, int, str]]:
    """Load two calls, and wait until the analytics have them."""
    token = httpx2.post(f"{url}/api/login", json=person).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    call = {"occurred_at": datetime.now(UTC).isoformat(), "team": "search", "model": "large", "cost": "0.30"}
    call |= {"prompt_tokens": 900, "completion_tokens": 100, "latency_ms": 800}
    stored = httpx2.post(f"{url}/api/usage", json={"records": [call, call]}, headers=headers)
    assert stored.status_code == 201
    days: list[dict[str, Any]] = []
    while not days:
        answer = httpx2.get(f"{url}/api/analytics/cost?by=team", headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
        days = answer.json()["days"]
    assert httpx2.get(f"{url}/api/analytics/work", headers=headers).json()["latency"][0]["p99"] == 800
    assert httpx2.get(f"{url}/api/analytics/cost?by=user", headers=headers).status_code == 422
    return [(day["name"], day["calls"], day["cost"]) for day in days]


def servers(directory: Path) -> list[psutil.Process]:
    """What runs on the data directory."""
    found = []
    for process in psutil.process_iter():
        try:
            if any(str(directory) in word for word in process.cmdline()):
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_without_configuration_the_service_brings_its_stores_says_where_and_keeps_what_they_hold(
    serving: Callable[..., Any], directory: Path, env: dict[str, str]
) -> None:
    credentials = {"tenant": "acme", "email": "ada@acme.example", "password": "correct horse"}
    with serving() as (process, said):
        assert said[0] == {
            "event": "embedded",
            "directory": str(directory),
            "stores": ["PostgreSQL", "Redis", "ClickHouse"],
        }
        url = said[1]["url"]
        health: dict[str, str] = {}
        while health.get("status") != "ok":
            answer = httpx2.get(f"{url}/readyz", timeout=30)
            health = answer.json()
            assert (answer.status_code, health["postgres"], health["redis"]) == (200, "ok", "ok")
        assert health["clickhouse"] == "ok"
        assert httpx2.post(f"{url}/api/register", json=credentials).status_code == 201
        assert costs(url, credentials) == [("search", 2, "0.600000000")]
        bob = ["--tenant", "acme", "--email", "bob@acme.example", "--password-stdin"]
        colleague = run(env, "user", "add", *bob, text="hunter2222\n")
        assert json.loads(colleague.stdout)["role"] == "member", colleague.stderr
        second = run(env, "serve", "--port", "0")
        assert (second.returncode, f"used by another service (process {process.pid})" in second.stderr) == (2, True)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert servers(directory) == []
    with serving() as (process, said):
        for person in (credentials, credentials | {"email": "bob@acme.example", "password": "hunter2222"}):
            assert httpx2.post(f"{said[1]['url']}/api/login", json=person).status_code == 200
        process.terminate()
        assert process.wait(30) == 0
    assert servers(directory) == []
    assert (directory / "secret_key").stat().st_mode & 0o077 == 0


def test_nothing_outlives_a_service_that_is_killed_and_the_next_one_starts(
    serving: Callable[..., Any], directory: Path
) -> None:
    with serving("--instances", "2") as (process, said):
        assert said[0]["stores"] == ["PostgreSQL", "Redis"]
        family = servers(directory) + psutil.Process(process.pid).children(recursive=True)
        assert len(family) > 4
        process.send_signal(signal.SIGKILL)
        _, alive = psutil.wait_procs(family, timeout=30)
        assert alive == []
        assert servers(directory) == []
    with serving() as (process, said):
        assert said[-1]["event"] == "ready"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_broken_setting_is_refused_by_its_line_before_any_store_is_started(
    env: dict[str, str], directory: Path, tmp_path: Path
) -> None:
    file = tmp_path / "backend.toml"
    file.write_text("[server]\nport = 8000\n\n[sockets]\nheartbeat_timeout_seconds = 5\n")
    answer = run(env, "serve", "--port", "0", "--config", str(file))
    assert answer.returncode == 2
    assert answer.stderr.startswith(
        f"agent-backend: {file}, line 5: sockets.heartbeat_timeout_seconds must be more than"
    )
    assert not directory.exists()


def test_a_directory_that_holds_something_else_is_not_filled(env: dict[str, str], directory: Path) -> None:
    directory.mkdir()
    (directory / "thesis.txt").write_text("years of work")
    answer = run(env, "serve", "--port", "0")
    assert (answer.returncode, "holds something else" in answer.stderr) == (2, True)
    assert [entry.name for entry in directory.iterdir()] == ["thesis.txt"]


def test_data_of_another_postgresql_is_refused_by_its_version(env: dict[str, str], directory: Path) -> None:
    assert run(env, "migrate").returncode == 0
    (directory / "postgres" / "PG_VERSION").write_text("9\n")
    answer = run(env, "migrate")
    assert (answer.returncode, "belongs to PostgreSQL 9" in answer.stderr) == (2, True)


def test_the_programs_of_a_wheel_in_a_private_home_run_from_their_copy(directory: Path) -> None:
    installed = find_postgres().folder
    home = directory.parent / "private"
    package = installed.parent
    for part in (installed, package.with_name(f"{package.name}.libs")):
        if part.is_dir():
            shutil.copytree(part, home / part.relative_to(package.parent), symlinks=True)
    home.chmod(0o700)
    (directory.parent / "copies").mkdir(mode=0o755)
    copy = within_reach(Account(54_321, 54_321), home / package.name / installed.name, directory.parent / "copies")
    shutil.rmtree(home)
    for program in ("postgres", "initdb"):
        answer = subprocess.run([copy / "bin" / program, "--version"], capture_output=True, text=True, check=False)
        assert (answer.returncode, "PostgreSQL" in answer.stdout) == (0, True), answer.stderr
