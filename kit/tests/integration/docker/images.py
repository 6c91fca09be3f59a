"""Images without a registry: root file systems made of Debian's static busybox and of the servers in the wheels."""

from __future__ import annotations

import functools
import io
import os
import re
import shlex
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from goldenpath.environment import get_env
from goldenpath.services import binaries

BOX = "goldenpath-test/box:1"
POSTGRES = "goldenpath-test/postgres:1"
REDIS = "goldenpath-test/redis:1"

POSTGRES_ENTRYPOINT = """#!/bin/sh
set -e
export PGDATA=/data/db
if [ ! -s $PGDATA/PG_VERSION ]; then
    echo "$POSTGRES_PASSWORD" >/tmp/password
    {bin}/initdb --pgdata=$PGDATA --username=$POSTGRES_USER --pwfile=/tmp/password --locale=C --encoding=UTF8 \\
        $POSTGRES_INITDB_ARGS >/dev/null
    echo "host all all all scram-sha-256" >>$PGDATA/pg_hba.conf
    if [ "${{POSTGRES_DB:-$POSTGRES_USER}}" != postgres ]; then
        echo "CREATE DATABASE \\"${{POSTGRES_DB:-$POSTGRES_USER}}\\"" | {bin}/postgres --single postgres >/dev/null
    fi
fi
shift
exec {bin}/postgres --listen_addresses='*' --unix_socket_directories=/tmp "$@"
"""
"""As much of the official image's behaviour as its variables and its command ask for."""

REDIS_ENTRYPOINT = """#!/bin/sh
case "$1" in *.conf) set -- redis-server "$@" ;; esac
exec "$@"
"""


def build_all(client: Any) -> None:
    """Put every image of the tests on the engine, where it is not there yet."""
    if client.images.list(name=POSTGRES):
        return
    build_box(client)
    _load(client, REDIS, dict(_redis()), ['ENTRYPOINT ["/entrypoint"]', "EXPOSE 6379", "CMD redis-server"])
    lines = ['ENTRYPOINT ["/entrypoint"]', "EXPOSE 5432", "USER postgres", 'CMD ["postgres"]', "STOPSIGNAL SIGINT"]
    _load(client, POSTGRES, dict(_postgres()), lines)


def build_box(client: Any) -> None:
    """Put the smallest of them on the engine."""
    _load(client, BOX, dict(_busybox()), ["CMD sleep 600"])


def _load(client: Any, name: str, files: dict[str, Path | bytes], lines: list[str]) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for folder, mode, owner in (("tmp", 0o1777, 0), ("data", 0o700, 70)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode, entry.uid = tarfile.DIRTYPE, mode, owner
            archive.addfile(entry)
        for path, content in sorted(files.items()):
            data = content.read_bytes() if isinstance(content, Path) else content
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode = len(data), 0o755
            archive.addfile(entry, io.BytesIO(data))
        for applet in _applets():
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, "/bin/busybox", 0o755
            archive.addfile(entry)
    dockerfile = "\n".join(["FROM scratch", "ADD root.tar /", *lines]).encode()
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        for path, data in (("root.tar", buffer.getvalue()), ("Dockerfile", dockerfile)):
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    context.seek(0)
    client.images.build(fileobj=context, custom_context=True, tag=name, rm=True)


@functools.cache
def busybox() -> Path:
    """The static busybox of this machine."""
    found = shutil.which("busybox")
    assert found is not None, "install busybox-static"
    return Path(found)


@functools.cache
def _applets() -> list[str]:
    answer = subprocess.run([busybox(), "--list"], capture_output=True, text=True, check=True)
    return [name for name in answer.stdout.split() if name != "busybox"]


def _busybox() -> Iterator[tuple[str, Path | bytes]]:
    yield "/bin/busybox", busybox()
    yield "/etc/passwd", b"root:x:0:0::/:/bin/sh\npostgres:x:70:70::/data:/bin/sh\n"
    yield "/etc/group", b"root:x:0:\npostgres:x:70:\n"


def _redis() -> Iterator[tuple[str, Path | bytes]]:
    server = binaries.redis(get_env().all())
    yield from _busybox()
    yield "/bin/redis-server", server
    yield from _libraries(server)
    yield "/entrypoint", REDIS_ENTRYPOINT.encode()


def _postgres() -> Iterator[tuple[str, Path | bytes]]:
    programs = binaries.postgres(get_env().all())
    home = programs.folder.parent
    yield from _busybox()
    for folder in ("bin", "lib", "share"):
        for path in (home / folder).rglob("*"):
            if path.is_file() and path.suffix != ".a":
                yield str(path), path
    for program in [programs.server, programs.initdb, *(home / "lib").rglob("*.so")]:
        yield from _libraries(program)
    yield "/entrypoint", POSTGRES_ENTRYPOINT.format(bin=shlex.quote(os.fspath(programs.folder))).encode()


@functools.cache
def _needed(program: Path) -> list[Path]:
    answer = subprocess.run(["ldd", os.fspath(program)], capture_output=True, text=True, check=False)
    return [Path(path) for path in re.findall(r"(?:=>|^)\s+(/.+) \(0x", answer.stdout, re.MULTILINE)]


def _libraries(program: Path) -> Iterator[tuple[str, Path | bytes]]:
    for library in _needed(program):
        yield str(library), library


def environ_for(url: str) -> dict[str, str]:
    """The variables by which the services of a stack come from these images on this engine."""
    return {
        "DOCKER_HOST": url,
        "GOLDENPATH_DOCKER_PULL": "never",
        "GOLDENPATH_POSTGRES_IMAGE": POSTGRES,
        "GOLDENPATH_REDIS_IMAGE": REDIS,
    }
