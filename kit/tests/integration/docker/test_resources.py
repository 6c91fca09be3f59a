"""Limits enforced and measured, disks cleaned, leaks found."""

from __future__ import annotations

from pathlib import Path

import pytest

from goldenpath import DockerTestUtility, Service, UnifiedDockerManager
from goldenpath.services import DefinitionError, Limits, StartError
from goldenpath.services.docker import Build, ContainerService, Mount

from .images import BOX

BUSY = ["sh", "-c", "while :; do :; done"]


def test_a_container_that_exceeds_its_memory_limit_is_killed_and_says_why(environ: dict[str, str]) -> None:
    greedy = Service(
        "greedy",
        image=BOX,
        command=["sh", "-c", "sleep 1; exec dd if=/dev/zero of=/dev/null bs=200M count=1"],
        limits=Limits(memory="16m"),
    )
    with DockerTestUtility(UnifiedDockerManager(greedy, environ=environ)) as docker:
        assert docker.wait_until_dead("greedy") == "was killed: it used more than its memory limit of 16 MB"
        assert docker.manager.get_health_report().services["greedy"].state == "dead"


def test_memory_is_measured_against_its_limit(environ: dict[str, str]) -> None:
    with UnifiedDockerManager(Service("redis", limits=Limits(memory="64m")), environ=environ) as manager:
        usage = manager.usage("redis")
        assert usage.memory_limit == 64 << 20
        assert 0 < usage.memory < 64 << 20
        assert usage.memory_share == usage.memory / (64 << 20)
        assert usage.processes >= 1


def test_a_limit_of_processors_throttles(environ: dict[str, str]) -> None:
    busy = Service("busy", image=BOX, command=BUSY, limits=Limits(cpus=0.1), stop_timeout=0)
    with UnifiedDockerManager(busy, environ=environ) as manager:
        before = manager.usage("busy")
        while (after := manager.usage("busy")).cpu_seconds <= before.cpu_seconds + 0.05:
            pass
        assert after.throttled > before.throttled
        assert manager.container("busy").state()["HostConfig"]["NanoCpus"] == 100_000_000


def test_without_a_limit_none_is_reported(environ: dict[str, str]) -> None:
    with UnifiedDockerManager("redis", environ=environ) as manager:
        assert manager.usage("redis").memory_limit is None
        assert manager.usage("redis").memory_share is None


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(memory="lots"), "'lots' is no amount of memory; write it like '256m'"),
        (Limits(memory="1k"), "a memory limit of '1k' is too small"),
        (Limits(cpus=0), "cpus=0 is too little"),
    ],
)
def test_a_limit_that_cannot_be_is_refused(environ: dict[str, str], limits: Limits, words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        UnifiedDockerManager(Service("box", image=BOX, limits=limits), environ=environ).start()


def test_a_small_disk_that_fills_up_is_the_containers_own_trouble(environ: dict[str, str]) -> None:
    box = ContainerService("box", image=BOX, tmpfs={"/small": "size=64k"}, stop_timeout=0)
    with DockerTestUtility(UnifiedDockerManager(box, environ=environ)) as docker:
        answer = docker.execute("box", "dd", "if=/dev/zero", "of=/small/file", "bs=1k", "count=100")
        assert answer.exit_code
        assert "No space left" in answer.output
        docker.assert_healthy()


def test_volumes_go_with_the_stack_and_its_disk_is_free_again(environ: dict[str, str]) -> None:
    box = ContainerService("box", image=BOX, mounts=[Mount("data", "/data", "volume")], stop_timeout=0)
    manager = UnifiedDockerManager(box, environ=environ).start()
    assert {each.kind for each in manager.belongings()} == {"containers", "networks", "volumes"}
    engine, identity = manager.engine, manager.directory.name
    manager.graceful_shutdown()
    assert [each for each in engine.client.volumes.list() if identity in str(each.name)] == []


def test_images_are_built_used_and_removed(environ: dict[str, str], here: Path) -> None:
    (here / "Dockerfile").write_text(f"FROM {BOX}\nARG word\nENV WORD=$word\nCMD echo $WORD && exec sleep 600\n")
    built = ContainerService("built", build=Build(here, args={"word": "here"}), stop_timeout=0)
    with UnifiedDockerManager(built, environ=environ) as manager:
        assert manager["built"].logs() == "here"
        manager.remove_built_images()
        assert manager.remove_built_images() == 0
        manager.graceful_shutdown()
        assert manager.remove_built_images() == 1


def test_a_build_that_fails_shows_the_step_that_did(environ: dict[str, str], here: Path) -> None:
    (here / "Dockerfile").write_text(f"FROM {BOX}\nRUN echo so far so good && false\n")
    with UnifiedDockerManager("redis", environ=environ) as manager:
        with pytest.raises(StartError, match=r"building broken:1 from .*Dockerfile failed(?s:.*)so far so good"):
            manager.build("broken:1", here)


def test_a_build_without_a_dockerfile_is_refused(environ: dict[str, str], here: Path) -> None:
    with pytest.raises(DefinitionError, match="Dockerfile, which is not a file"):
        UnifiedDockerManager(ContainerService("built", build=Build(here)), environ=environ).start()
