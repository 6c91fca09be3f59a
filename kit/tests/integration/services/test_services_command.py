"""`goldenpath services`, as it is typed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

from goldenpath.services import ServiceStack, reaper

from .ground import Ground, wait_until


def services(ground: Ground, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "goldenpath", "services", *words]
    return subprocess.run(command, env=ground.environ, capture_output=True, text=True, check=False)


def test_a_stack_stays_up_for_others_until_it_is_taken_down(ground: Ground) -> None:
    up = services(ground, "up", "redis")
    assert up.returncode == 0, up.stderr
    assert "# redis: embedded, because GOLDENPATH_REDIS_URL and GOLDENPATH_DOCKER are not set" in up.stdout
    assert f"export REDIS_URL=unix://{ground.root}" in up.stdout
    with ServiceStack("redis", shared=True, environ=ground.environ) as stack:
        assert f"export REDIS_URL={stack['redis'].url}\n" in up.stdout
    assert "Server initialized" in services(ground, "logs", "redis").stdout
    assert f"default: running\n  redis: unix://{ground.root}" in services(ground, "status").stdout
    assert services(ground, "down").stdout == "default is down\n"
    assert ground.settle() == []


def test_what_it_says_as_json(ground: Ground) -> None:
    up = json.loads(services(ground, "up", "redis", "--name", "team", "--json").stdout)
    status = json.loads(services(ground, "status", "--json").stdout)
    assert up["name"] == "team"
    assert status == [{"name": "team", "state": "running", "urls": {"redis": up["env"]["REDIS_URL"]}}]
    services(ground, "down", "--all")
    assert ground.settle() == []


def test_a_stack_may_be_kept_for_a_while_only(ground: Ground) -> None:
    assert services(ground, "up", "redis", "--keep", "0.1").returncode == 0
    assert ground.settle() == []


def test_what_is_not_there_is_one_line_and_exit_code_1(ground: Ground) -> None:
    for words in (["down"], ["down", "team"], ["logs", "redis"], ["up", "mysql"]):
        answer = services(ground, *words)
        assert (answer.returncode, answer.stderr.count("\n")) == (1, 1), answer.stderr
    assert services(ground, "status").stdout == "no stack is running\n"


def test_an_unknown_log_is_answered_with_those_there_are(ground: Ground) -> None:
    services(ground, "up", "redis")
    assert "has no log of 'postgres'; it has keeper, redis" in services(ground, "logs", "postgres").stderr
    services(ground, "down")


def test_reap_clears_up_after_a_killed_keeper_and_only_then(ground: Ground) -> None:
    services(ground, "up", "redis")
    assert services(ground, "reap").stdout == "nothing was left behind\n"
    (directory,) = reaper.stacks(ground.root)
    os.kill(json.loads((directory / "stack.json").read_text())["keeper"], signal.SIGKILL)
    assert wait_until(lambda: not reaper.alive(directory))
    assert "default: orphaned" in services(ground, "status").stdout
    assert f"{directory}: killed " in services(ground, "reap").stdout
    assert ground.settle() == []
