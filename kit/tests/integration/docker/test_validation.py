"""Parity, logs, credentials, the command line, and what is wrong with an engine, an image or a definition."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from goldenpath import DockerTestUtility, Service, ServiceStack, UnifiedDockerManager
from goldenpath.environment import get_env
from goldenpath.services import StartError, UnavailableError
from goldenpath.services.docker import ContainerService, obstacle
from goldenpath.services.ready import Accepts

from .dockerd import Daemon
from .images import BOX, REDIS


def goldenpath(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "goldenpath", *words]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def test_it_works_where_the_docker_command_is_not_installed(environ: dict[str, str]) -> None:
    with UnifiedDockerManager("redis", environ={**environ, "PATH": "/nowhere"}) as manager:
        assert manager["redis"].health().ok
        assert manager.engine.version()


def test_only_the_password_lets_in_and_no_report_shows_it(environ: dict[str, str]) -> None:
    with UnifiedDockerManager("postgres", "redis", environ=environ) as manager:
        for handle in manager.values():
            password = handle.url.split("@")[0].rpartition(":")[2]
            assert password not in str(manager.get_health_report())
            assert password not in repr(handle)
        wrong = manager["postgres"].url.replace(manager["postgres"].env()["PGPASSWORD"], "wrong")
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
        assert "requirepass" not in manager.container("redis").state()["Config"]["Cmd"]


def test_commands_run_beside_containers_and_reach_them(environ: dict[str, str]) -> None:
    program = "import os, redis, time; print(redis.Redis.from_url(os.environ['REDIS_URL']).ping()); time.sleep(600)"
    command = Service("worker", command=[sys.executable, "-c", program], needs=["redis"], stop_timeout=0)
    with UnifiedDockerManager("redis", command, environ=environ) as manager:
        while not manager["worker"].logs():
            manager["worker"].check()
        assert manager["worker"].logs() == "True"
        assert (manager["worker"].provider, manager["redis"].provider) == ("embedded", "docker")


def test_the_command_line_starts_shows_and_ends_containers(environ: dict[str, str], tmp_path: Path) -> None:
    root = Path(f"/tmp/gp-{os.getpid()}")
    own = {**environ, "GOLDENPATH_SERVICES_DIR": str(root)}
    options = ["--provider", "docker", "--name", "shown", "--json"]
    up = goldenpath(own, "services", "up", "redis", *options)
    assert json.loads(up.stdout)["providers"] == {"redis": "docker, because the stack says provider='docker'"}, (
        up.stderr
    )
    try:
        assert "Ready to accept connections" in goldenpath(own, "services", "logs", "redis", "--name", "shown").stdout
        assert "shown: running" in goldenpath(own, "services", "status").stdout
        assert goldenpath(own, "services", "reap").stdout == "nothing was left behind\n"
    finally:
        assert goldenpath(own, "services", "down", "shown").stdout == "shown is down\n"
        shutil.rmtree(root, ignore_errors=True)


def test_without_an_engine_the_command_line_says_that_containers_were_not_looked_for(tmp_path: Path) -> None:
    own = {**get_env().all(), "DOCKER_HOST": "unix:///nowhere/docker.sock", "GOLDENPATH_SERVICES_DIR": str(tmp_path)}
    answer = goldenpath(own, "services", "reap")
    assert answer.stderr.startswith("containers were not looked for: there is no Docker engine at")
    assert answer.returncode == 0


def test_an_image_that_is_nowhere_is_one_error_and_nothing_stays(environ: dict[str, str]) -> None:
    absent = Service("box", image="127.0.0.1:1/absent:1")
    with pytest.raises(UnavailableError, match="GOLDENPATH_DOCKER_PULL=never forbids to pull it"):
        UnifiedDockerManager(absent, environ=environ).start()
    with pytest.raises(UnavailableError, match=r"127.0.0.1:1/absent:1 is not on the engine and cannot be pulled: .*"):
        UnifiedDockerManager(absent, environ={**environ, "GOLDENPATH_DOCKER_PULL": "missing"}).start()


def test_a_name_that_no_image_can_have_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(Exception, match="'Not An Image' cannot name an image"):
        UnifiedDockerManager(Service("box", image="Not An Image"), environ=environ).start()


def test_a_program_of_another_architecture_says_so(environ: dict[str, str]) -> None:
    foreign = ContainerService(
        "box", image=BOX, command=["/foreign"], files={"/foreign": b"\x7fELF not of this machine"}, user="root"
    )
    with pytest.raises(StartError, match=r"could not be started: .*(exec format error|permission denied)"):
        UnifiedDockerManager(foreign, environ=environ).start()


def test_nobody_listens_behind_a_published_port(environ: dict[str, str]) -> None:
    mute = Service("mute", image=BOX, ready=Accepts("tcp://localhost:9000"), start_timeout=0.5, stop_timeout=0)
    with pytest.raises(StartError, match=r"was not ready after 0.5 s: .*nothing listens in the container yet"):
        UnifiedDockerManager(mute, environ=environ).start()


def test_a_known_kind_runs_from_an_image_of_yours(environ: dict[str, str]) -> None:
    with ServiceStack(Service("cache", kind="redis", image=REDIS), environ=environ) as stack:
        assert (stack["cache"].provider, stack["cache"].reason) == ("docker", "an image runs in Docker")
        assert stack["cache"].client().ping()


def test_an_engine_that_hangs_or_dies_is_told_from_a_service_that_dies(environ: dict[str, str]) -> None:
    with Daemon() as second:
        second_environ = {**environ, "DOCKER_HOST": second.url}
        from goldenpath.services.docker.engine import connect

        from .images import build_box

        build_box(connect(second_environ).client)
        box = Service("box", image=BOX, stop_timeout=0)
        with UnifiedDockerManager(box, environ=second_environ) as manager:
            assert manager["box"].health().ok
            with second.frozen():
                reason = obstacle(None, second_environ)
            assert reason is not None
            assert "did not answer when asked to say that it is there" in reason
            second.stop()
            report = manager.get_health_report().services["box"]
            assert report.state == "dead"
            assert "there is no Docker engine at" in report.detail
            with pytest.raises(UnavailableError, match=r"docker.sock"):
                UnifiedDockerManager(box, environ=second_environ).start()
            second.start()


def test_the_fixture_starts_containers_for_one_test(
    start_containers: Callable[..., DockerTestUtility], environ: dict[str, str]
) -> None:
    docker = start_containers("redis", environ=environ)
    docker.assert_healthy()
    assert docker.manager["redis"].provider == "docker"


def test_a_socket_on_which_nobody_listens_is_named(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as nobody:
        nobody.bind(str(path))
    with pytest.raises(UnavailableError, match=r"no Docker engine answers at .*Connection refused; is Docker running"):
        UnifiedDockerManager("redis", environ={**get_env().all(), "DOCKER_HOST": f"unix://{path}"}).start()
