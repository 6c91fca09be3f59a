"""Whenever the owner of a stack is killed, nothing of the stack stays."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from goldenpath.environment import get_env
from goldenpath.services import ServiceError, ServiceStack, reaper

from .ground import Ground, wait_until

OWNER = Path(__file__).with_name("owner.py")
MOMENTS = int(get_env().get("GOLDENPATH_TEST_KILLS", "10"))
STARTING = 0.9
"""About how many seconds an owner takes from its launch until its stack is up."""


@contextmanager
def owner(ground: Ground, shared: bool | str = False) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(OWNER), json.dumps(shared)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=ground.environ, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def up(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    answer: dict[str, str] = json.loads(process.stdout.readline())
    return answer


def after(process: subprocess.Popen[str], seconds: float) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=seconds)


@pytest.mark.parametrize("seed", range(MOMENTS))
def test_sigkill_leaves_nothing(seed: int, ground: Ground) -> None:
    chance = random.Random(seed)
    with owner(ground) as process:
        if seed % 2:
            after(process, chance.uniform(0, STARTING))
        else:
            up(process)
            after(process, chance.uniform(0, 0.05))
        process.kill()
    assert ground.settle() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_other_ends_leave_nothing_either(number: signal.Signals, ground: Ground) -> None:
    with owner(ground) as process:
        up(process)
        process.send_signal(number)
        process.wait()
    assert ground.settle() == []


def test_an_owner_that_just_exits_leaves_nothing(ground: Ground) -> None:
    with owner(ground) as process:
        up(process)
        process.communicate("go\n")
    assert process.returncode == 0
    assert ground.settle() == []


def test_ctrl_c_reaches_the_whole_terminal_and_still_leaves_nothing(ground: Ground) -> None:
    command = [sys.executable, str(OWNER), "false"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, env=ground.environ, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    ) as process:
        up(process)
        os.killpg(process.pid, signal.SIGINT)
        _, errors = process.communicate()
    assert "KeyboardInterrupt" in errors
    assert ground.settle() == []


def test_a_killed_keeper_takes_its_servers_along_and_the_reaper_does_the_rest(ground: Ground) -> None:
    with owner(ground) as process:
        up(process)
        (directory,) = reaper.stacks(ground.root)
        keeper = json.loads((directory / "stack.json").read_text())["keeper"]
        assert reaper.alive(directory)
        os.kill(keeper, signal.SIGKILL)
        assert wait_until(lambda: not reaper.alive(directory))
        orphans = reaper.reap(ground.environ)
    assert [orphan.directory for orphan in orphans] == [directory]
    assert orphans[0].killed
    assert ground.settle() == []


def test_the_next_stack_clears_up_after_a_killed_keeper(ground: Ground) -> None:
    with owner(ground) as process:
        up(process)
        (directory,) = reaper.stacks(ground.root)
        os.kill(json.loads((directory / "stack.json").read_text())["keeper"], signal.SIGKILL)
        assert wait_until(lambda: not reaper.alive(directory))
    with ServiceStack("redis", environ=ground.environ) as stack:
        assert reaper.stacks(ground.root) == [stack.directory]
    assert ground.settle() == []


def test_the_reaper_does_not_touch_what_is_not_called_like_a_stack(ground: Ground) -> None:
    precious = [ground.place / "0123abcd", ground.root / "work"]
    for folder in precious:
        folder.mkdir(parents=True)
    assert reaper.reap(ground.environ) == []
    assert all(folder.is_dir() for folder in precious)


def test_the_reaper_does_not_touch_the_living(ground: Ground) -> None:
    with ServiceStack("redis", environ=ground.environ) as stack:
        assert stack.cleanup_orphans() == []
        assert stack["redis"].health().ok
    assert ground.settle() == []


@contextmanager
def forked(act: Callable[[], str]) -> Iterator[str]:
    """A forked child that does something, says what came of it, and lives until the block is left."""
    (hears, tells), (waits, lets_go) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        os.write(tells, act().encode())
        os.close(lets_go)
        os.read(waits, 1)
        os._exit(0)
    try:
        yield os.read(hears, 1000).decode()
    finally:
        os.close(lets_go)
        os.waitpid(child, 0)
        for descriptor in (hears, tells, waits):
            os.close(descriptor)


def test_a_forked_child_does_not_keep_the_stack_of_its_parent(ground: Ground) -> None:
    stack = ServiceStack("redis", environ=ground.environ).start()
    with forked(lambda: "here"):
        stack.stop()
        assert wait_until(lambda: not reaper.stacks(ground.root))


def test_a_forked_child_does_not_end_the_stack_of_its_parent(ground: Ground) -> None:
    def leave() -> str:
        stack.stop()
        return "left"

    with ServiceStack("redis", environ=ground.environ) as stack:
        with forked(leave) as said:
            assert said == "left"
            assert stack["redis"].health().ok


def test_a_forked_child_is_told_that_it_cannot_manage_the_stack(ground: Ground) -> None:
    def ask() -> str:
        try:
            return stack["redis"].health().state
        except ServiceError as error:
            return str(error)

    with ServiceStack("redis", environ=ground.environ) as stack, forked(ask) as said:
        assert "is a fork of the one that uses this stack: it can connect to the services" in said
