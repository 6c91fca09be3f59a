"""Dependencies, restarts, reachability, live health, failure and recovery."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from goldenpath import DockerTestUtility, Service, UnifiedDockerManager
from goldenpath.services import Announces, Answers, DeadError, DefinitionError, RestartLimit, StartError, StormError
from goldenpath.services.docker import ContainerService, Healthcheck

from .images import BOX

WEB = Service(
    "web",
    image=BOX,
    command=["sh", "-c", "echo hello > /tmp/index.html; exec httpd -f -p 8080 -h /tmp"],
    ready=Answers("http://localhost:8080/index.html"),
    stop_timeout=1,
)


@pytest.fixture
def docker(environ: dict[str, str]) -> Iterator[DockerTestUtility]:
    with DockerTestUtility(UnifiedDockerManager("redis", WEB, environ=environ)) as docker:
        yield docker


def test_what_is_needed_is_ready_first_and_is_known_by_its_name(environ: dict[str, str]) -> None:
    client = Service(
        "client",
        image=BOX,
        needs=["redis"],
        env={"WHERE": "{redis.host}:{redis.port}"},
        command=["sh", "-c", "nc {redis.host} {redis.port} </dev/null && echo $WHERE $REDIS_URL && exec sleep 600"],
        stop_timeout=0,
    )
    with UnifiedDockerManager("redis", client, environ=environ) as manager:
        assert "redis:6379 redis://:" in manager["client"].logs()
        assert "@redis:6379/0" in manager["client"].logs()


def test_services_reach_each_other_by_name_and_this_process_reaches_them_by_port(docker: DockerTestUtility) -> None:
    answer = docker.run(BOX, "wget", "-q", "-O", "-", "http://web:8080/index.html").check()
    assert answer.output == "hello\n"
    assert docker.manager["web"].url.startswith("http://127.0.0.1:")
    docker.assert_healthy()


def test_health_is_what_the_service_says_now(docker: DockerTestUtility) -> None:
    with docker.paused("redis"):
        assert docker.manager["redis"].health().state == "unready"
        with pytest.raises(AssertionError, match="redis: unready"):
            docker.assert_healthy()
    docker.assert_healthy()


def test_a_service_cut_off_the_network_is_unready_and_comes_back(docker: DockerTestUtility) -> None:
    fetch = ["sh", "-c", "timeout 5 wget -q -O - http://web:8080/index.html; exit $?"]
    docker.run(BOX, *fetch).check()
    with docker.cut_off("web"):
        assert docker.run(BOX, *fetch).exit_code != 0
        assert docker.manager["web"].health().state == "unready"
    docker.manager["web"].wait_until_ready()
    docker.run(BOX, *fetch).check()


def test_a_quick_command_loses_no_output_and_a_failed_one_tells_its_code(docker: DockerTestUtility) -> None:
    assert [docker.execute("web", "echo", "hello").output for _ in range(20)] == ["hello\n"] * 20
    failed = docker.execute("web", "sh", "-c", "echo out; echo err >&2; echo $WHO; exit 3", environment={"WHO": "me"})
    assert (failed.exit_code, sorted(failed.output.split())) == (3, ["err", "me", "out"])
    with pytest.raises(StartError, match=r"sh -c .* ended with exit code 3(?s:.*)err"):
        failed.check()
    docker.kill("web")
    with pytest.raises(DeadError, match="is not running"):
        docker.execute("web", "true")


def test_a_killed_service_is_dead_says_so_with_its_log_and_is_restarted(docker: DockerTestUtility) -> None:
    handle = docker.manager["redis"]
    with handle.client() as client:
        client.set("a", 1)
    docker.kill("redis")
    assert handle.health().detail == "it was killed by SIGKILL"
    with pytest.raises(DeadError, match=r"'redis' \(docker\) is dead: it was killed by SIGKILL(?s:.*)Ready to accept"):
        handle.check()
    with pytest.raises(redis.exceptions.ConnectionError):
        handle.client().ping()
    handle.restart()
    with handle.client() as client:
        assert client.get("a") is None
    assert docker.manager.get_health_report().services["redis"].restarts == 1


def test_a_storm_of_restarts_is_stopped(environ: dict[str, str]) -> None:
    service = Service("redis", restart_limit=RestartLimit(maximum=1, window=3600))
    with UnifiedDockerManager(service, environ=environ) as manager:
        manager["redis"].restart()
        with pytest.raises(StormError, match="restarted 1 times within 3600 s"):
            manager["redis"].restart()


def test_a_removed_container_is_dead_and_does_not_hide_it(docker: DockerTestUtility) -> None:
    docker.manager.container("web").container.remove(force=True)
    assert docker.manager["web"].health().detail.endswith("the container of 'web' was removed")
    with pytest.raises(DeadError, match="was removed"):
        docker.manager["web"].restart()
    assert docker.manager.get_health_report().services["web"].state == "dead"


def test_a_container_that_ends_before_it_is_ready_fails_with_its_log_and_leaves_nothing(
    environ: dict[str, str], docker: DockerTestUtility
) -> None:
    broken = Service("broken", image=BOX, command=["sh", "-c", "echo no such table; exit 3"], ready=Announces())
    before = len(docker.engine.client.containers.list(all=True))
    with pytest.raises(StartError, match=r"'broken' \(docker\) ended with exit code 3 before(?s:.*)no such table"):
        UnifiedDockerManager(broken, environ=environ).start()
    assert len(docker.engine.client.containers.list(all=True)) == before


def test_a_program_that_the_image_lacks_is_an_error_with_the_engines_words(environ: dict[str, str]) -> None:
    with pytest.raises(StartError, match=r"'box': the container .* could not be started: .*no-such-program"):
        UnifiedDockerManager(Service("box", image=BOX, command=["/no-such-program"]), environ=environ).start()


def test_a_container_announces_the_url_it_has_inside_and_is_found_outside(environ: dict[str, str]) -> None:
    program = """echo '{"url": "http://0.0.0.0:7000/x"}'; exec httpd -f -p 7000 -h /tmp"""
    web = ContainerService("web", image=BOX, command=["sh", "-c", program], port=7000, ready=Announces())
    with UnifiedDockerManager(web, environ=environ) as manager:
        assert manager["web"].url == f"http://127.0.0.1:{manager.port('web', 7000)}/x"
        assert manager["web"].health().ok
        manager["web"].restart()
        assert manager["web"].health().ok


def test_a_health_check_decides_when_a_container_is_ready(environ: dict[str, str], here: Path) -> None:
    checked = ContainerService(
        "box",
        image=BOX,
        command=["sh", "-c", "touch /tmp/ready; exec sleep 600"],
        healthcheck=Healthcheck(["CMD", "test", "-e", "/tmp/ready"], interval=0.1),
        stop_timeout=0,
    )
    with DockerTestUtility(UnifiedDockerManager(checked, environ=environ)) as docker:
        assert docker.manager["box"].health().ok
        docker.execute("box", "rm", "/tmp/ready").check()
        state = docker.manager.container("box").state
        assert state()["State"]["Health"]["Status"] == "healthy" or docker.manager["box"].health().state == "unready"


def test_what_runs_in_docker_cannot_need_what_only_this_machine_reaches(environ: dict[str, str]) -> None:
    web = Service("web", image=BOX, needs=["redis"])
    with pytest.raises(DefinitionError, match=r"'web' runs in a container, from where 'redis' \(embedded\) cannot"):
        UnifiedDockerManager(Service("redis", provider="embedded"), web, environ=environ).start()


@pytest.mark.asyncio
async def test_async_code_starts_and_stops_it_in_a_thread(environ: dict[str, str]) -> None:
    async with UnifiedDockerManager("redis", environ=environ) as manager:
        health = await asyncio.to_thread(manager.get_health_report)
        assert health.ok
