"""Whenever the owner of containers is killed, nothing of them stays: processes, containers, networks, directories."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from goldenpath import DockerTestUtility, UnifiedDockerManager
from goldenpath.environment import get_env
from goldenpath.services import reaper
from goldenpath.services.docker.belongings import OWNER, belongings, owner
from goldenpath.services.docker.engine import Engine

from ..services.ground import Ground, wait_until

PROGRAM = Path(__file__).with_name("owner.py")
MOMENTS = int(get_env().get("GOLDENPATH_TEST_KILLS", "10"))
STARTING = 2.0
"""About how many seconds an owner takes from its launch until its container is up."""


@pytest.fixture
def ground(environ: dict[str, str]) -> Iterator[Ground]:
    root = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))
    root.rmdir()
    ground = Ground(root)
    ground.environ = {**environ, "GOLDENPATH_SERVICES_DIR": str(root)}
    yield ground
    shutil.rmtree(root, ignore_errors=True)


def launch(ground: Ground, shared: bool | str = False) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    command = [sys.executable, str(PROGRAM), json.dumps(shared)]
    return subprocess.Popen(command, env=ground.environ, stdin=pipe, stdout=pipe, text=True)


def up(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    answer: str = json.loads(process.stdout.readline())["container"]
    return answer


def left(ground: Ground, engine: Engine) -> list[str]:
    return [str(each) for each in belongings(engine, f"{OWNER}={owner(os.geteuid())}")] + ground.left()


def settled(ground: Ground, engine: Engine) -> list[str]:
    wait_until(lambda: not left(ground, engine))
    return left(ground, engine)


@pytest.mark.parametrize("seed", range(MOMENTS))
def test_sigkill_leaves_nothing(seed: int, ground: Ground, engine: Engine) -> None:
    chance = random.Random(seed)
    with launch(ground) as process:
        if seed % 2:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(timeout=chance.uniform(0.2, STARTING))
        else:
            up(process)
        process.kill()
    assert settled(ground, engine) == []


def test_what_was_being_created_when_the_owner_died_is_removed_as_soon_as_it_is_there(
    ground: Ground, engine: Engine
) -> None:
    from goldenpath.services.docker import farewell
    from goldenpath.services.docker.territory import Territory

    directory = ground.root / "late"
    directory.mkdir(parents=True)
    territory = Territory(engine, directory)
    note = directory / f"{territory.network}.making"
    note.touch()
    created: list[float] = []

    def engine_comes_to_it(_: float) -> None:
        if not created:
            engine.client.networks.create(territory.network, labels=territory.labels())
            created.append(1)

    farewell.say(engine, directory, forced=True, pause=engine_comes_to_it)
    note.unlink()
    directory.rmdir()
    ground.root.rmdir()
    assert created
    assert settled(ground, engine) == []


def test_the_reaper_does_what_a_killed_keeper_could_not(ground: Ground, engine: Engine) -> None:
    with launch(ground) as process:
        container = up(process)
        (directory,) = reaper.stacks(ground.root)
        os.kill(json.loads((directory / "stack.json").read_text())["keeper"], signal.SIGKILL)
        assert wait_until(lambda: not reaper.alive(directory))
        assert engine.client.containers.get(container).status == "running"
        process.kill()
    assert [orphan.directory for orphan in reaper.reap(ground.environ)] == [directory]
    assert settled(ground, engine) == []


def test_labels_lead_to_what_is_left_when_even_the_directory_is_gone(ground: Ground, engine: Engine) -> None:
    lost = ground.root / "lost"
    from goldenpath.services.docker.territory import Territory

    territory = Territory(engine, lost)
    engine.client.networks.create(territory.network, labels=territory.labels())
    with UnifiedDockerManager("redis", environ=ground.environ) as manager:
        assert manager["redis"].health().ok
        assert [each.stack for each in belongings(engine, f"goldenpath.stack={lost.name}")] == []
        engine.client.networks.create(territory.network, labels=territory.labels())
        assert [str(each) for each in manager.leaks()] == [f"network {territory.network} of stack lost"]
        assert [orphan.directory for orphan in manager.cleanup_orphans()] == [lost]
        assert manager["redis"].health().ok
    assert settled(ground, engine) == []


def test_what_belongs_to_another_user_or_machine_is_not_touched(ground: Ground, engine: Engine) -> None:
    labels = {"goldenpath.stack": "theirs", "goldenpath.directory": "/nowhere", "goldenpath.owner": "1000@elsewhere"}
    theirs = engine.client.networks.create("goldenpath-theirs", labels=labels)
    try:
        with UnifiedDockerManager("redis", environ=ground.environ) as manager:
            assert manager.leaks() == []
            assert manager.cleanup_orphans() == []
        assert engine.client.networks.list(names=["goldenpath-theirs"])
    finally:
        theirs.remove()


def test_eight_processes_share_one_container_and_the_last_one_out_ends_it(ground: Ground, engine: Engine) -> None:
    with ExitStack() as processes:
        eight = [processes.enter_context(launch(ground, "team")) for _ in range(8)]
        assert len({up(process) for process in eight}) == 1
        (directory,) = reaper.stacks(ground.root)
        for process in eight[:7]:
            process.kill()
            process.wait()
        assert reaper.alive(directory)
        eight[7].communicate("go\n")
    assert settled(ground, engine) == []


@pytest.mark.parametrize("how", ["graceful_shutdown", "force_shutdown"])
def test_a_shutdown_returns_when_nothing_is_left(how: str, ground: Ground, engine: Engine) -> None:
    manager = UnifiedDockerManager("redis", environ=ground.environ).start()
    getattr(manager, how)()
    assert left(ground, engine) == []


def test_only_a_graceful_shutdown_lets_a_container_end_by_itself(ground: Ground, here: Path) -> None:
    from goldenpath.services.docker import ContainerService, Mount

    from .images import BOX

    program = "trap 'echo bye > /out/said; exit 0' TERM; touch /out/up; while :; do sleep 0.1; done"
    for how, said in (("force_shutdown", False), ("graceful_shutdown", True)):
        box = ContainerService(
            "box",
            image=BOX,
            command=["sh", "-c", program],
            mounts=[Mount(str(here), "/out")],
            ready=lambda: (here / "up").exists(),
        )
        manager = UnifiedDockerManager(box, environ=ground.environ).start()
        getattr(manager, how)()
        assert (here / "said").exists() is said


def test_leaving_the_utility_proves_that_nothing_is_left(ground: Ground, engine: Engine) -> None:
    others = engine.client.networks.list(filters={"label": OWNER})
    with pytest.raises(AssertionError, match="still on the engine: network stubborn"):
        with DockerTestUtility(UnifiedDockerManager("redis", environ=ground.environ)) as docker:
            (mine,) = (each for each in engine.client.networks.list(filters={"label": OWNER}) if each not in others)
            labels = {**mine.attrs["Labels"]}
            docker.manager.graceful_shutdown()
            stubborn = engine.client.networks.create("stubborn", labels=labels)
    stubborn.remove()
