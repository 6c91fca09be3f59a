"""Machines on which a service cannot run: one clear error, and nothing left."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from goldenpath.services import DefinitionError, Service, ServiceStack, UnavailableError, pack, places
from goldenpath.services.keeper import Keeper
from goldenpath.services.ports import LOOPBACK

from .ground import Ground

FOREIGN = b"\x7fELF\x02\x01\x01" + bytes(9) + bytes([2, 0, 0xF3, 0, 1, 0, 0, 0]) + bytes(40)
"""The head of a program for another architecture (RISC-V)."""


def program(path: Path, content: bytes = FOREIGN) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("name", ["postgres", "redis"])
def test_a_port_that_is_taken(name: str, ground: Ground) -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UnavailableError, match=f"'{name}' is to listen on port {port}, which is taken"):
            ServiceStack(Service(name, tcp=port), environ=ground.environ).start()
    assert ground.left() == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small tmpfs")
    disk = Path("/tmp") / f"gpd-{os.getpid()}"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=755", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)
    disk.rmdir()


def test_a_full_disk(small_disk: Path, ground: Ground) -> None:
    with ServiceStack("postgres", environ=ground.environ):
        """The cache has its data directory now."""
    environ = {**ground.environ, places.DIRECTORY_VARIABLE: str(small_disk)}
    with pytest.raises(UnavailableError, match=r"only \d MB are free in .* needs 64 MB to start with; make room"):
        ServiceStack("postgres", environ=environ).start()
    assert list(small_disk.iterdir()) == []


def test_a_full_disk_on_first_use(small_disk: Path, ground: Ground, tmp_path: Path) -> None:
    environ = {**ground.environ, places.DIRECTORY_VARIABLE: str(small_disk), places.CACHE_VARIABLE: str(tmp_path)}
    with pytest.raises(UnavailableError, match=r"only \d MB are free in"):
        ServiceStack("postgres", environ=environ).start()
    assert list(small_disk.iterdir()) == []
    assert list(tmp_path.glob("*.pack")) == []


def test_a_disk_that_fills_up_while_the_data_directory_is_written(small_disk: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "large").write_bytes(os.urandom(8 << 20))
    pack.write(source, tmp_path / "packed")
    with pytest.raises(OSError, match="No space left on device"):
        pack.Packed(tmp_path / "packed").unpack(small_disk / "target")
    shutil.rmtree(small_disk / "target")


def test_a_server_of_another_architecture(ground: Ground, tmp_path: Path) -> None:
    environ = {
        **ground.environ,
        "GOLDENPATH_PG_BIN": str(program(tmp_path / "postgres").parent),
        "GOLDENPATH_REDIS_SERVER": str(program(tmp_path / "redis-server")),
    }
    for name in ("postgres", "redis"):
        with pytest.raises(UnavailableError, match="cannot be executed: Exec format error"):
            ServiceStack(name, environ=environ).start()
    assert ground.left() == []


@pytest.mark.parametrize(
    ("name", "variable"), [("postgres", "GOLDENPATH_PG_BIN"), ("redis", "GOLDENPATH_REDIS_SERVER")]
)
def test_a_server_that_is_not_where_it_is_said_to_be(name: str, variable: str, ground: Ground, tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=f"{variable} leads to .*nowhere.* is not an executable file"):
        ServiceStack(name, environ=ground.environ | {variable: str(tmp_path / "nowhere")}).start()
    assert ground.left() == []


def test_a_version_that_is_not_there(ground: Ground) -> None:
    with pytest.raises(UnavailableError, match="there is no PostgreSQL 9 here; found: "):
        ServiceStack(Service("postgres", version="9"), environ=ground.environ).start()
    assert ground.left() == []


def test_a_command_that_is_not_there(ground: Ground) -> None:
    with pytest.raises(UnavailableError, match="service 'web': there is no executable 'no-such-program'"):
        ServiceStack(Service("web", command=["no-such-program"]), environ=ground.environ).start()
    assert ground.left() == []


def test_a_command_in_a_folder_that_is_not_there(ground: Ground) -> None:
    with pytest.raises(UnavailableError, match="service 'web': its cwd= /nowhere is not a directory"):
        ServiceStack(Service("web", command=["true"], cwd="/nowhere"), environ=ground.environ).start()
    assert ground.left() == []


def test_an_option_that_the_server_does_not_know(ground: Ground) -> None:
    with pytest.raises(Exception, match=r"'postgres'.*(?s:.*)unrecognized configuration parameter .colour"):
        ServiceStack(Service("postgres", options={"colour": "blue"}), environ=ground.environ).start()
    assert ground.left() == []


def test_a_reference_to_a_service_that_is_not_needed(ground: Ground) -> None:
    web = Service("web", command=["echo", "{redis.url}"])
    with pytest.raises(DefinitionError, match=r"refers to \{redis.url\} without needing it.*add 'redis'"):
        ServiceStack("redis", web, environ=ground.environ).start()
    assert ground.left() == []


def test_limits_that_nobody_could_enforce(ground: Ground) -> None:
    from goldenpath.services import Limits

    with pytest.raises(UnavailableError, match="only the docker provider can enforce limits"):
        ServiceStack(Service("redis", limits=Limits(memory="64m")), environ=ground.environ).start()
    assert ground.left() == []


def test_a_root_whose_sockets_would_have_too_long_paths(tmp_path: Path) -> None:
    environ = {places.DIRECTORY_VARIABLE: str(tmp_path / ("x" * 60))}
    with pytest.raises(UnavailableError, match="too long for the Unix sockets below it"):
        ServiceStack("redis", environ=environ).start()


def test_a_keeper_that_cannot_make_its_directory(ground: Ground) -> None:
    keeper = Keeper.start(Path("/proc/nowhere"), "one", ground.environ)
    with pytest.raises(UnavailableError, match=r"cannot make a directory for services.*GOLDENPATH_SERVICES_DIR"):
        keeper.status()
    keeper.stop()


def test_a_root_that_belongs_to_somebody_else(ground: Ground) -> None:
    ground.root.symlink_to("/var")
    with pytest.raises(UnavailableError, match="is not a directory of this user"):
        ServiceStack("redis", environ=ground.environ).start()


@pytest.mark.parametrize("damage", ["torn", "changed", "foreign", "empty"])
def test_a_damaged_cache_is_made_anew(damage: str, ground: Ground, tmp_path: Path, cache: Path) -> None:
    with ServiceStack("postgres", environ=ground.environ):
        (whole,) = cache.glob("postgres-18*.pack")
    packed = tmp_path / whole.name
    content = whole.read_bytes()
    packed.write_bytes(
        {
            "torn": content[: len(content) // 2],
            "changed": content[:-1] + bytes([content[-1] ^ 1]),
            "foreign": b"something else",
            "empty": b"",
        }[damage]
    )
    with ServiceStack("postgres", environ={**ground.environ, places.CACHE_VARIABLE: str(tmp_path)}) as stack:
        assert stack["postgres"].health().ok
    assert packed.stat().st_size > len(content) // 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers under another account")
def test_a_root_that_the_servers_account_cannot_reach(ground: Ground) -> None:
    ground.place.chmod(0o700)
    with pytest.raises(UnavailableError, match=f"has no access to {ground.root}/.*; set GOLDENPATH_SERVICES_DIR"):
        ServiceStack("postgres", environ=ground.environ).start()
    assert ground.left() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers under another account")
def test_programs_in_a_private_home_are_copied_to_where_the_servers_account_may_run_them(
    ground: Ground, tmp_path: Path
) -> None:
    from goldenpath.services import binaries

    home = tmp_path / "home"
    installation = binaries.postgres(ground.environ, "16").folder.parent
    libraries = installation.parent.with_name(f"{installation.parent.name}.libs")
    home.mkdir(mode=0o700)
    for part in (installation, libraries):
        shutil.copytree(part, home / part.relative_to(installation.parents[1]), symlinks=True)
    private = home / installation.relative_to(installation.parents[1]) / "bin"
    with ServiceStack("postgres", environ={**ground.environ, "GOLDENPATH_PG_BIN": str(private)}) as stack:
        assert stack["postgres"].health().ok
    for copy in Path("/var/tmp/goldenpath-0-programs").glob("postgres-16*"):
        shutil.rmtree(copy)
