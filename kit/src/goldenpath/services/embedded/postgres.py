"""PostgreSQL from its binaries: a cached data directory, a Unix socket, nothing written through to a disk."""

from __future__ import annotations

import os
import secrets
import signal
from pathlib import Path
from typing import Final
from urllib.parse import quote

from goldenpath.services import binaries, datadir, places, wire
from goldenpath.services.account import unprivileged
from goldenpath.services.embedded.process import ProcessRuntime, settle
from goldenpath.services.ports import LOOPBACK, on_some_port
from goldenpath.services.program import Launch, Program
from goldenpath.services.reach import within_reach
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site

SOCKET_NUMBER: Final = 5432
DATABASE: Final = "postgres"
CHEAP_SCRAM_SINCE: Final = 16
OPTIONS: Final = {
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "dynamic_shared_memory_type": "mmap",
    "jit": "off",
    "timezone": "UTC",
}
"""For data that must survive the server but not the machine: commits still reach the kernel (synchronous_commit is on),
so what was committed before a `kill -9` is there after the restart. Shared memory is in files of the data directory, so
that it goes when that goes."""


class Postgres(ProcessRuntime):
    """A PostgreSQL server of the stack's own."""

    def probe(self) -> None:
        """Log in and run a query."""
        assert self.endpoint.socket is not None
        wire.ask_postgres(self.endpoint.socket, datadir.SUPERUSER, DATABASE)


def launch(service: Service, site: Site) -> Postgres:
    """Start a server; unless it was given a port, it is still starting when this returns."""
    programs = binaries.postgres(site.environ, service.version)
    cache = places.cache(site.environ)
    account = unprivileged()
    if account:
        programs = within_reach(programs, account, cache)
    home = site.keeper.directory / service.name
    home.mkdir(mode=0o700)
    if account:
        os.chown(home, *account)
    data = home / "data"
    env = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(home)}
    how = Launch(datadir.initdb_command(programs, data), env, home, account)
    datadir.provide(programs, cache, data, account, site.program(f"{service.name}-initdb"), how)

    server = site.program(service.name)

    def listen(port: int | None) -> None:
        options = {**OPTIONS, "unix_socket_directories": str(home), "port": str(port or SOCKET_NUMBER)}
        options["listen_addresses"] = LOOPBACK if port else ""
        if programs.major >= CHEAP_SCRAM_SINCE:
            options["scram_iterations"] = "1"
        settings = [f"--{key}={value}" for key, value in {**options, **service.options}.items()]
        command = [str(programs.server), "-D", str(data), *settings]
        grace = service.stop_timeout
        server.launch(Launch(command, env, home, account, signal.SIGQUIT, signal.SIGINT, grace, group=False))
        if port:
            at = _socket(home, port)
            settle(server, lambda: wire.ask_postgres(at, datadir.SUPERUSER, DATABASE), timeout=service.start_timeout)

    if not service.tcp:
        listen(None)
        return Postgres(server, _on_socket(home, data))
    port = on_some_port(service.name, service.fixed_port, listen)
    password = secrets.token_hex(16)
    wire.ask_postgres(
        _socket(home, port), datadir.SUPERUSER, DATABASE, f"ALTER ROLE {datadir.SUPERUSER} PASSWORD '{password}'"
    )
    return Postgres(server, _on_port(home, data, port, password))


def adopt(service: Service, site: Site, endpoint: Endpoint) -> Postgres:
    """Use the server that another process started."""
    return Postgres(Program(site.keeper, service.name), endpoint)


def _socket(home: Path, number: int) -> Path:
    return home / f".s.PGSQL.{number}"


def _on_socket(home: Path, data: Path) -> Endpoint:
    url = f"postgresql://{datadir.SUPERUSER}@/{DATABASE}?host={quote(str(home), safe='')}"
    return Endpoint(
        url=url,
        host=str(home),
        port=SOCKET_NUMBER,
        socket=_socket(home, SOCKET_NUMBER),
        admin_url=url,
        data_dir=data,
        env={"DATABASE_URL": url, "PGHOST": str(home), "PGUSER": datadir.SUPERUSER, "PGDATABASE": DATABASE},
    )


def _on_port(home: Path, data: Path, port: int, password: str) -> Endpoint:
    url = f"postgresql://{datadir.SUPERUSER}:{password}@{LOOPBACK}:{port}/{DATABASE}"
    variables = {"PGHOST": LOOPBACK, "PGPORT": str(port), "PGUSER": datadir.SUPERUSER, "PGPASSWORD": password}
    return Endpoint(
        url=url,
        host=LOOPBACK,
        port=port,
        socket=_socket(home, port),
        admin_url=url,
        data_dir=data,
        env={"DATABASE_URL": url, "PGDATABASE": DATABASE, **variables},
    )
