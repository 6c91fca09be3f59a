"""What a CI machine asks for: the same every time, from nothing, again after a crash, and no growth."""

from __future__ import annotations

from typing import Any

from goldenpath import DockerTestUtility, Service, UnifiedDockerManager
from goldenpath.services import Limits
from goldenpath.services.docker.belongings import OWNER, belongings
from goldenpath.services.docker.engine import Engine

from ..services.ground import wait_until
from .images import BOX

SERVICES = ("redis", Service("box", image=BOX, needs=["redis"], limits=Limits(memory="32m"), stop_timeout=0))
CHANGING = ("Hostname", "Labels", "Env")


def settings(manager: UnifiedDockerManager) -> dict[str, dict[str, Any]]:
    described = {name: manager.container(name).state() for name in manager}
    return {
        name: {
            **{key: value for key, value in each["Config"].items() if key not in CHANGING},
            "memory": each["HostConfig"]["Memory"],
        }
        for name, each in described.items()
    }


def test_every_run_is_the_same(environ: dict[str, str]) -> None:
    runs = []
    for _ in range(3):
        with UnifiedDockerManager(*SERVICES, environ=environ) as manager:
            runs.append(settings(manager))
            assert manager.get_health_report().ok
    assert runs[0] == runs[1] == runs[2]


def test_many_runs_leave_the_engine_as_it_was(environ: dict[str, str], engine: Engine) -> None:
    def count() -> list[int]:
        client = engine.client
        return [len(client.containers.list(all=True)), len(client.networks.list()), len(client.volumes.list())]

    assert wait_until(lambda: not list(belongings(engine, OWNER)))
    before = count()
    for _ in range(3):
        with DockerTestUtility(UnifiedDockerManager(*SERVICES, environ=environ)):
            pass
    assert count() == before


def test_a_run_after_one_that_broke_off_starts_from_nothing(environ: dict[str, str]) -> None:
    for _ in range(2):
        try:
            with UnifiedDockerManager("redis", environ=environ) as manager, manager["redis"].client() as client:
                assert client.dbsize() == 0
                client.set("left", "behind")
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            pass


def test_each_service_says_how_it_is_and_what_it_uses(environ: dict[str, str]) -> None:
    with UnifiedDockerManager(*SERVICES, environ=environ) as manager:
        usage = {name: manager.usage(name) for name in manager}
        report = manager.get_health_report().as_dict()
    assert usage["box"].memory_limit == 32 << 20
    assert all(each.memory > 0 for each in usage.values())
    assert {name: each["provider"] for name, each in report["services"].items()} == {"redis": "docker", "box": "docker"}
