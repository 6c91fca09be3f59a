"""What differs from platform to platform, decided from facts that are passed in, and proved on a real engine."""

from __future__ import annotations

import os
import runpy
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from goldenpath import DockerTestUtility, UnifiedDockerManager
from goldenpath.services import DefinitionError, Service, ServiceError, StartError, UnavailableError
from goldenpath.services.docker import ContainerService
from goldenpath.services.docker.belongings import OWNER, belongings
from goldenpath.services.docker.engine import Engine, connect
from goldenpath.services.docker.host import SYSTEM_SOCKET, HostFacts, mount_source, split_volume

from ..services.ground import wait_until
from .images import BOX

BENCH = Path(__file__).parents[4] / "bench"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose path is short enough for a socket, where a Mac shows its files to its engine."""
    with tempfile.TemporaryDirectory(prefix="gp-", dir="/tmp") as folder:
        yield Path(folder)


def facts(system: Any, home: Path, **environ: str) -> HostFacts:
    """A machine without an engine at the system's own socket."""

    def exists(path: str) -> bool:
        return path != SYSTEM_SOCKET and os.path.exists(path)

    return HostFacts(system, home=str(home), user="ada", uid=os.geteuid(), exists=exists, environ=environ)


def listening(docker_url: str, socket: Path) -> Path:
    """The engine, at another place as well."""
    socket.parent.mkdir(parents=True, exist_ok=True)
    socket.symlink_to(docker_url.removeprefix("unix://"))
    return socket


def test_on_linux_the_engine_in_the_users_runtime_folder_is_found_and_publishes_on_the_loopback(
    docker_url: str, place: Path
) -> None:
    socket = listening(docker_url, place / "docker.sock")
    engine = connect({}, facts("linux", place, XDG_RUNTIME_DIR=str(place)))
    assert (engine.address.url, engine.address.source) == (f"unix://{socket}", "the usual socket")
    assert (engine.publish_on, engine.host) == ("127.0.0.1", "127.0.0.1")
    assert BOX in {tag for image in engine.client.images.list() for tag in image.tags}


def test_on_a_mac_the_engine_of_a_desktop_is_found_and_sees_only_what_is_shared_with_it(
    docker_url: str, place: Path
) -> None:
    socket = listening(docker_url, place / ".orbstack" / "run" / "docker.sock")
    known = facts("darwin", place)
    engine = connect({}, known)
    assert engine.address.url == f"unix://{socket}"
    (place / "data").mkdir()
    (place / "data" / "word").write_text("read me")
    source = mount_source("data", str(place), engine.address.url, known)
    volumes = {source: {"bind": "/data", "mode": "ro"}}
    assert engine.client.containers.run(BOX, ["cat", "/data/word"], volumes=volumes, remove=True) == b"read me"
    with pytest.raises(DefinitionError, match="on a Mac an engine sees only"):
        mount_source("/opt/data", str(place), engine.address.url, known)


def test_on_windows_the_pipe_is_named_and_drives_are_told_as_the_engine_wants_them(place: Path) -> None:
    known = facts("win32", place)
    with pytest.raises(UnavailableError, match=r"npipe:////./pipe/docker_engine"):
        connect({}, known)
    pipe = "npipe:////./pipe/docker_engine"
    source, target, mode = split_volume(r"C:\Users\ada\data:/data:ro")
    assert (mount_source(source, "D:\\", pipe, known), target, mode) == ("/c/Users/ada/data", "/data", "ro")
    with pytest.raises(DefinitionError, match="give a path on a drive"):
        mount_source(r"\\server\share", "C:\\", pipe, known)


def test_a_container_works_as_the_account_it_was_given_and_may_do_no_more(environ: dict[str, str]) -> None:
    box = ContainerService("box", image=BOX, user="70:70", files={"/settings": b"read me"}, stop_timeout=0)
    with DockerTestUtility(UnifiedDockerManager(box, environ=environ)) as docker:
        assert docker.execute("box", "id", "-u").check().output == "70\n"
        assert docker.execute("box", "cat", "/settings").check().output == "read me"
        for forbidden in ("echo x > /settings", "touch /etc/mine"):
            with pytest.raises(StartError, match="Permission denied"):
                docker.execute("box", "sh", "-c", forbidden).check()


def test_servers_are_ready_within_their_thirty_seconds_and_what_is_not_ready_in_its_time_is_an_error(
    environ: dict[str, str], engine: Engine
) -> None:
    assert {Service(name).start_timeout for name in ("postgres", "redis")} == {30.0}
    with UnifiedDockerManager("postgres", "redis", environ=environ) as manager:
        assert manager.get_health_report().ok
    late = ContainerService("late", image=BOX, port=8080, start_timeout=0.5, stop_timeout=0)
    with pytest.raises(ServiceError, match=r"'late'.*0\.5 s"):
        UnifiedDockerManager(late, environ=environ).start()
    assert wait_until(lambda: not list(belongings(engine, OWNER)))


def test_a_benchmark_takes_its_figures_on_this_engine_and_leaves_nothing_there(
    environ: dict[str, str], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    start = runpy.run_path(str(BENCH / "docker_services.py"))["start"]
    assert start("docker", environ) > 0
    assert wait_until(lambda: not list(belongings(engine, OWNER)))
