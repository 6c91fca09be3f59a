"""The rules of every platform, decided from facts: they hold whatever machine the tests run on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from goldenpath.services import DefinitionError
from goldenpath.services.docker.host import (
    HostFacts,
    mount_source,
    published_on,
    reached_at,
    socket_candidates,
    split_volume,
    usual_address,
)

SOCKET = "unix:///var/run/docker.sock"


def facts(system: Any, *there: str, home: str = "/home/ada", **more: Any) -> HostFacts:
    return HostFacts(system=system, home=home, user="ada", uid=1000, exists=there.__contains__, **more)


@pytest.mark.parametrize(
    ("known", "address"),
    [
        (facts("linux", "/var/run/docker.sock"), SOCKET),
        (facts("linux", "/run/user/1000/docker.sock"), "unix:///run/user/1000/docker.sock"),
        (facts("linux", "/r/docker.sock", environ={"XDG_RUNTIME_DIR": "/r"}), "unix:///r/docker.sock"),
        (facts("linux", "/home/ada/.docker/desktop/docker.sock"), "unix:///home/ada/.docker/desktop/docker.sock"),
        (facts("darwin", "/Users/a/.docker/run/docker.sock", home="/Users/a"), "unix:///Users/a/.docker/run/docker.sock"),
        (facts("darwin", "/Users/a/.orbstack/run/docker.sock", home="/Users/a"), "unix:///Users/a/.orbstack/run/docker.sock"),
        (facts("darwin", "/Users/a/.colima/default/docker.sock", "/Users/a/.rd/docker.sock", home="/Users/a"),
         "unix:///Users/a/.colima/default/docker.sock"),
        (facts("win32"), "npipe:////./pipe/docker_engine"),
        (facts("linux"), None),
        (facts("darwin"), None),
    ],
)  # fmt: skip
def test_where_the_engine_of_a_platform_listens(known: HostFacts, address: str | None) -> None:
    assert usual_address(known) == address


def test_the_system_socket_comes_first() -> None:
    assert all(socket_candidates(facts(system))[0] == SOCKET for system in ("linux", "darwin"))


@pytest.mark.parametrize(
    ("address", "gateway", "published", "reached"),
    [
        (SOCKET, None, "127.0.0.1", "127.0.0.1"),
        ("npipe:////./pipe/docker_engine", None, "127.0.0.1", "127.0.0.1"),
        (SOCKET, "172.17.0.1", "0.0.0.0", "172.17.0.1"),
        ("tcp://build.example:2376", None, "0.0.0.0", "build.example"),
        ("ssh://ada@build.example", None, "0.0.0.0", "build.example"),
    ],
)
def test_where_published_ports_appear(address: str, gateway: str | None, published: str, reached: str) -> None:
    known = facts("linux", gateway=gateway)
    assert (published_on(address, known), reached_at(address, known)) == (published, reached)


def test_an_engine_in_the_same_container_needs_no_way_out() -> None:
    known = facts("linux", gateway="172.17.0.1", node="ci-1")
    assert known.beside("ci-1").gateway is None
    assert known.beside("elsewhere").gateway == "172.17.0.1"


@pytest.mark.parametrize(
    ("system", "path", "base", "source"),
    [
        ("linux", "data", "/srv/app", "/srv/app/data"),
        ("linux", "../data", "/srv/app", "/srv/data"),
        ("linux", "/etc", "/srv/app", "/etc"),
        ("linux", "~/data", "/srv/app", "/home/ada/data"),
        ("darwin", "data", "/Users/ada/app", "/Users/ada/app/data"),
        ("win32", "data", "C:\\Users\\ada", "/c/Users/ada/data"),
        ("win32", "D:\\x\\y", "C:\\Users\\ada", "/d/x/y"),
    ],
)
def test_how_a_path_is_told_to_the_engine(system: str, path: str, base: str, source: str) -> None:
    address = "npipe:////./pipe/docker_engine" if system == "win32" else SOCKET
    assert mount_source(path, base, address, facts(system)) == source


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: mount_source("/data", "/", "tcp://h:1", facts("linux")), "at tcp://h:1 is on another machine"),
        (lambda: mount_source("/opt/x", "/", SOCKET, facts("darwin")), "on a Mac an engine sees only /Users, /Volumes"),
        (lambda: mount_source(r"\\server\x", "C:\\", "npipe:x", facts("win32")), "give a path on a drive"),
    ],
)  # fmt: skip
def test_what_the_engine_could_not_see_is_refused(ask: Callable[[], str], words: str) -> None:
    with pytest.raises(DefinitionError, match=words):
        ask()


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("data:/data", ["data", "/data"]),
        ("./a:/b:ro", ["./a", "/b", "ro"]),
        (r"C:\data:/data:ro", [r"C:\data", "/data", "ro"]),
        ("c:/data:/data", ["c:/data", "/data"]),
    ],
)
def test_a_drive_is_not_a_separator(text: str, parts: list[str]) -> None:
    assert split_volume(text) == parts
