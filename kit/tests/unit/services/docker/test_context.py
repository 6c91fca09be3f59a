from __future__ import annotations

import json
from pathlib import Path

import pytest

from goldenpath.services import UnavailableError
from goldenpath.services.docker.context import Address, find_address
from goldenpath.services.docker.engine import connect
from goldenpath.services.docker.host import HostFacts


def facts(home: Path, *there: str, **environ: str) -> HostFacts:
    return HostFacts("linux", str(home), "ada", 1000, there.__contains__, environ)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a context `build`, not the current one."""
    meta = tmp_path / ".docker/contexts/meta/0123/meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Name": "build", "Endpoints": {"docker": {"Host": "tcp://build.example:2376"}}}))
    (tmp_path / ".docker/contexts/tls/0123/docker").mkdir(parents=True)
    return tmp_path


def test_docker_host_comes_first(home: Path) -> None:
    known = facts(home, DOCKER_HOST="tcp://h:1", DOCKER_CONTEXT="build")
    assert find_address(known) == Address("tcp://h:1", "DOCKER_HOST")


def test_docker_host_with_tls_has_certificates(home: Path) -> None:
    known = facts(home, DOCKER_HOST="tcp://h:1", DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH="/certs")
    assert find_address(known).certificates == Path("/certs")


def test_a_context_of_the_environment_is_looked_up_without_the_docker_command(home: Path) -> None:
    certificates = home / ".docker/contexts/tls/0123/docker"
    expected = Address("tcp://build.example:2376", "context 'build'", certificates)
    assert find_address(facts(home, DOCKER_CONTEXT="build")) == expected


def test_the_current_context_of_the_configuration_is_taken(home: Path) -> None:
    (home / ".docker/config.json").write_text('{"currentContext": "build"}')
    assert find_address(facts(home)).url == "tcp://build.example:2376"
    elsewhere = facts(home, "/var/run/docker.sock", DOCKER_CONFIG="/elsewhere")
    assert find_address(elsewhere).source == "the usual socket"


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"DOCKER_CONTEXT": "biuld"}, "DOCKER_CONTEXT names the Docker context 'biuld', .* there are: default, build"),
        ({}, r"no socket of a Docker engine here \(looked for /var/run/docker.sock, .*; start Docker, or say with"),
        ({"DOCKER_HOST": "unix:///nowhere/d.sock"}, r"/nowhere/d.sock \(DOCKER_HOST\): the socket does not exist"),
        ({"DOCKER_HOST": "nonsense://x"}, "no Docker engine answers at nonsense://x"),
        ({"DOCKER_HOST": "tcp://127.0.0.1:1"}, r"no Docker engine answers at tcp://127.0.0.1:1 .*Connection refused"),
        (
            {"DOCKER_HOST": "tcp://127.0.0.1:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/nowhere"},
            "no Docker engine answers at tcp://127.0.0.1:1 .*client_cert",
        ),
    ],
)
def test_a_missing_engine_gives_the_reason(home: Path, environ: dict[str, str], words: str) -> None:
    with pytest.raises(UnavailableError, match=words):
        connect(environ, facts(home, **environ))


def test_a_file_in_the_place_of_the_socket_is_named(home: Path) -> None:
    path = home / "docker.sock"
    path.touch()
    environ = {"DOCKER_HOST": f"unix://{path}"}
    with pytest.raises(UnavailableError, match="is not a socket"):
        connect(environ, facts(home, **environ))


def test_a_socket_that_this_user_may_not_use_is_named_with_what_mends_it(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    from goldenpath.services.docker import engine

    path = home / "docker.sock"
    environ = {"DOCKER_HOST": f"unix://{path}"}
    monkeypatch.setattr(engine.os, "access", lambda *_: False)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        with pytest.raises(UnavailableError, match=r"user 'ada' may not use .*usermod -aG docker ada"):
            connect(environ, facts(home, **environ))


def test_a_broken_configuration_is_named(home: Path) -> None:
    (home / ".docker/config.json").write_text("{")
    with pytest.raises(UnavailableError, match=r"config.json cannot be read: .*DOCKER_HOST"):
        find_address(facts(home))


def test_without_the_sdk_the_extra_is_named(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "docker", None)
    with pytest.raises(UnavailableError, match=r"pip install 'goldenpath\[docker\]'"):
        connect({}, facts(home))
