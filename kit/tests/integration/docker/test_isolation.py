"""Between runs: data, variables, networks, ports, names, and many environments at once."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from goldenpath import DockerTestUtility, Service, UnifiedDockerManager
from goldenpath.services import StartError, UnavailableError
from goldenpath.services.docker import ContainerService, Mount
from goldenpath.services.docker.engine import Engine
from goldenpath.services.ports import free_port

from .images import BOX


def box(name: str = "box", **settings: object) -> ContainerService:
    return ContainerService(name, image=BOX, stop_timeout=0, **settings)  # type: ignore[arg-type]


def test_two_runs_share_no_network(environ: dict[str, str]) -> None:
    command = ["sh", "-c", "echo hello > /tmp/index.html; exec httpd -f -p 8080 -h /tmp"]
    with (
        DockerTestUtility(UnifiedDockerManager(box("web", command=command, port=8080), environ=environ)) as one,
        DockerTestUtility(UnifiedDockerManager(box("alone"), environ=environ)) as other,
    ):
        networks = one.manager.container("web").state()["NetworkSettings"]["Networks"].values()
        (address,) = [each["IPAddress"] for each in networks]
        fetch = ["sh", "-c", f"timeout 3 wget -q -O - http://{address}:8080/; exit $?"]
        assert one.run(BOX, *fetch).output == "hello\n"
        assert other.run(BOX, *fetch).exit_code != 0
        assert other.run(BOX, "nslookup", "web").exit_code != 0


def test_two_runs_share_no_volume_though_it_has_the_same_name(environ: dict[str, str]) -> None:
    definition = box(mounts=[Mount("data", "/data", "volume")])
    with (
        DockerTestUtility(UnifiedDockerManager(definition, environ=environ)) as one,
        DockerTestUtility(UnifiedDockerManager(definition, environ=environ)) as other,
    ):
        one.execute("box", "touch", "/data/mine").check()
        assert "mine" not in other.execute("box", "ls", "/data").check().output


def test_a_container_sees_its_own_variables_and_none_of_this_process(environ: dict[str, str]) -> None:
    definition = box(env={"MINE": "1"})
    secret = {**environ, "SECRET_OF_THE_RUN": "hush"}
    with DockerTestUtility(UnifiedDockerManager(definition, environ=secret)) as docker:
        said = docker.execute("box", "env").check().output
        assert "MINE=1" in said
        assert "hush" not in said


def test_a_fixed_port_is_taken_and_a_taken_one_is_refused_by_number(environ: dict[str, str], engine: Engine) -> None:
    port = free_port()
    with UnifiedDockerManager(Service("redis", tcp=port), environ=environ) as manager:
        assert manager["redis"].port == port
        before = len(engine.client.containers.list(all=True))
        with pytest.raises(UnavailableError, match=f"'redis' is to listen on port {port}, which is taken"):
            UnifiedDockerManager(Service("redis", tcp=port), environ=environ).start()
        assert len(engine.client.containers.list(all=True)) == before


def test_a_port_taken_by_a_program_of_this_machine_is_refused_too(environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnavailableError, match=f"port {port}, which is taken"):
            UnifiedDockerManager(Service("redis", tcp=port), environ=environ).start()


def test_a_free_port_lost_to_another_program_is_another_port(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldenpath.services import ports

    with socket.create_server(("127.0.0.1", 0)) as taken:
        lost, free = taken.getsockname()[1], free_port()
        monkeypatch.setattr(ports.on_some_port, "__defaults__", (iter([lost, free]).__next__,))
        with UnifiedDockerManager("redis", environ=environ) as manager:
            assert manager["redis"].port == free
            assert manager["redis"].health().ok


def test_a_port_stays_the_same_over_a_restart(environ: dict[str, str]) -> None:
    with UnifiedDockerManager("redis", environ=environ) as manager:
        port = manager["redis"].port
        manager["redis"].restart()
        assert manager["redis"].port == port == manager.port("redis", 6379)


def test_a_name_that_somebody_has_is_left_to_him(
    environ: dict[str, str], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldenpath.services import stack as stacks

    theirs = engine.client.containers.create(BOX, name="goldenpath-0badcafe-redis")
    monkeypatch.setattr(stacks.secrets, "token_hex", lambda size: "0badcafe")
    try:
        with UnifiedDockerManager("redis", environ=environ) as manager:
            assert manager.container("redis").container.name == "goldenpath-0badcafe-redis-2"
            assert manager["redis"].health().ok
        theirs.reload()
    finally:
        theirs.remove()


def test_five_environments_at_once_do_not_disturb_each_other(environ: dict[str, str]) -> None:
    def one(number: int) -> bytes:
        with UnifiedDockerManager("redis", environ=environ) as manager, manager["redis"].client() as client:
            client.set("who", number)
            answer: bytes = client.get("who")
            return answer

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(one, range(5))) == [b"0", b"1", b"2", b"3", b"4"]


def test_files_are_mounted_and_a_missing_one_is_refused(environ: dict[str, str], here: Path) -> None:
    (here / "word").write_text("read me")
    definition = box(mounts=[Mount("word", "/word", read_only=True)], cwd=here)
    with DockerTestUtility(UnifiedDockerManager(definition, environ=environ)) as docker:
        assert docker.execute("box", "cat", "/word").check().output == "read me"
        with pytest.raises(StartError, match="Read-only file system"):
            docker.execute("box", "sh", "-c", "echo x > /word").check()
    with pytest.raises(Exception, match=r"'box': .*absent is to be mounted and does not exist"):
        UnifiedDockerManager(box(mounts=[Mount("absent", "/x")], cwd=here), environ=environ).start()
