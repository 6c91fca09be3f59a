from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import psutil
import pytest

COMMAND = [sys.executable, "-m", "agent_backend", "serve", "--port", "0"]


@pytest.fixture
def supervised(
    working_env: Callable[[str], dict[str, str]], migrated_database: Callable[[], str]
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    process = subprocess.Popen(
        [*COMMAND, "--instances", "2"],
        env=working_env(migrated_database()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    assert line, process.stderr.read()
    yield process, json.loads(line)
    process.kill()
    process.communicate()


def said(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    return json.loads(process.stdout.readline())


def test_instances_share_a_port_are_replaced_when_they_die_and_stop_together(
    supervised: tuple[subprocess.Popen[str], dict[str, Any]],
) -> None:
    process, ready = supervised
    assert (ready["event"], ready["pid"], len(set(ready["instances"]))) == ("ready", process.pid, 2)
    assert httpx2.get(f"{ready['url']}/readyz").status_code == 200
    first, second = ready["instances"]
    os.kill(first, signal.SIGKILL)
    assert said(process) == {"event": "instance_died", "pid": first, "code": -9}
    replaced = said(process)
    assert (replaced["event"], replaced["pid"] in ready["instances"]) == ("instance_replaced", False)
    assert httpx2.get(f"{ready['url']}/readyz").status_code == 200
    family = [psutil.Process(pid) for pid in (second, replaced["pid"])]
    process.terminate()
    assert process.wait(30) == 0
    assert psutil.wait_procs(family, timeout=30)[1] == []


def test_instances_stop_when_their_supervisor_is_killed(
    supervised: tuple[subprocess.Popen[str], dict[str, Any]],
) -> None:
    process, ready = supervised
    family = [psutil.Process(pid) for pid in ready["instances"]]
    process.kill()
    assert psutil.wait_procs(family, timeout=30)[1] == []


def test_instances_that_never_come_up_are_given_up_with_their_reason(
    working_env: Callable[[str], dict[str, str]], new_database: Callable[[], str]
) -> None:
    answer = subprocess.run(
        [*COMMAND, "--instances", "2"],
        env=working_env(new_database()),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "run: agent-backend migrate" in answer.stderr


@pytest.mark.parametrize("count", ["0", "-1", "65", "two"])
def test_a_strange_number_of_instances_is_refused(count: str) -> None:
    answer = subprocess.run([*COMMAND, f"--instances={count}"], capture_output=True, text=True, check=False)
    assert (answer.returncode, "is no number of instances from 1 to 64" in answer.stderr) == (2, True)
