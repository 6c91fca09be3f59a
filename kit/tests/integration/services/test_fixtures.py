"""The fixtures, as a suite of somebody else's uses them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from .ground import Ground

SUITE = """
import os, sys
import pytest
from goldenpath.services import Announces, Service

def server(handle):
    with handle.client() as client:
        return client.info("server")["process_id"]

@pytest.mark.parametrize("number", range(4))
def test_shared(service_stack, redis_service, postgres_service, number):
    assert service_stack["redis"] is redis_service
    with postgres_service.client() as client:
        assert client.execute("SELECT 1").fetchone() == (1,)
    print("SERVER", server(redis_service))

def test_own(start_services, redis_service):
    stack = start_services("redis", Service("worker", command=["sleep", "60"], needs=["redis"]))
    assert server(stack["redis"]) != server(redis_service)
    assert stack["worker"].health().ok
"""
FAILING = """
import os, signal

def test_failing(start_services):
    stack = start_services("redis")
    with stack["redis"].client() as client:
        os.kill(client.info("server")["process_id"], signal.SIGKILL)
    while stack["redis"].health().state != "dead":
        pass
    stack.check()
"""
CLICKHOUSE = """
def test_clickhouse(clickhouse_service):
    with clickhouse_service.client() as client:
        assert client.query("SELECT 6 * 7").result_rows == [(42,)]
"""

SETTINGS = """
[pytest]
filterwarnings = error
asyncio_default_fixture_loop_scope = session
"""


def run(suite: str, ground: Ground, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_suite.py").write_text(suite)
    (folder / "pytest.ini").write_text(
        "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = session\n"
    )
    command = [sys.executable, "-m", "pytest", "-rP", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, env=ground.environ, capture_output=True, text=True, check=False)


def test_a_suite_gets_its_services_and_leaves_nothing(ground: Ground, tmp_path: Path) -> None:
    answer = run(SUITE, ground, tmp_path)
    assert "5 passed" in answer.stdout, answer.stdout
    assert ground.settle() == []


def test_the_workers_of_a_run_share_one_stack(ground: Ground, tmp_path: Path) -> None:
    answer = run(SUITE, ground, tmp_path, "-n", "2")
    assert "5 passed" in answer.stdout, answer.stdout
    assert len({line for line in answer.stdout.splitlines() if line.startswith("SERVER")}) == 1
    assert ground.settle() == []


def test_a_failure_is_reported_with_the_state_and_the_log_of_the_services(ground: Ground, tmp_path: Path) -> None:
    answer = run(FAILING, ground, tmp_path)
    assert answer.returncode == 1
    assert "redis: dead (it was killed by SIGKILL)" in answer.stdout
    assert "Ready to accept connections" in answer.stdout.split("log of redis")[1]
    assert ground.settle() == []


def test_clickhouse_comes_with_the_process(ground: Ground, tmp_path: Path) -> None:
    answer = run(CLICKHOUSE, ground, tmp_path)
    assert "1 passed" in answer.stdout, answer.stdout
    assert ground.settle() == []
