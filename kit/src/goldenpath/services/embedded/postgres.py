"""PostgreSQL from its binaries: a cached data directory, a Unix socket, nothing written through to a disk."""

from __future__ import annotations

import os
import secrets
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from goldenpath.services import binaries, datadir, places, wire
from goldenpath.services.account import Account, unprivileged
from goldenpath.services.binaries import PostgresPrograms
from goldenpath.services.embedded.process import ProcessRuntime, settle
from goldenpath.services.errors import UnavailableError
from goldenpath.services.ports import LOOPBACK, on_some_port
from goldenpath.services.program import Launch, Program
from goldenpath.services.reach import reaches, within_reach
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


@dataclass(frozen=True)
class Cluster:
    """A data directory, in PostgreSQL's word for it, and what serves it."""

    programs: PostgresPrograms
    account: Account | None
    home: Path

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "data"

    def launch_of(self, command: list[str], grace: float = 5.0) -> Launch:
        """How one of PostgreSQL's programs is launched: told to stop it drops everything, told to halt it tidies up."""
        env = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.home)}
        return Launch(command, env, self.home, self.account, signal.SIGQUIT, signal.SIGINT, grace, group=False)

    def server_command(self, port: int | None, wanted: Mapping[str, str]) -> list[str]:
        """The server's command line: these options, unless the definition wants others."""
        options = {**OPTIONS, "unix_socket_directories": str(self.home), "port": str(port or SOCKET_NUMBER)}
        options["listen_addresses"] = LOOPBACK if port else ""
        if self.programs.major >= CHEAP_SCRAM_SINCE:
            options["scram_iterations"] = "1"
        settings = [f"--{key}={value}" for key, value in {**options, **wanted}.items()]
        return [str(self.programs.server), "-D", str(self.data), *settings]

    def ask(self, port: int, statement: str = "SELECT 1") -> None:
        """Run a statement over the Unix socket; raises NotReady when that cannot be done yet."""
        wire.ask_postgres(_socket(self.home, port), datadir.SUPERUSER, DATABASE, statement)


def launch(service: Service, site: Site) -> Postgres:
    """Start a server; unless it was given a port, it is still starting when this returns."""
    cluster = _prepare(service, site)
    server = site.program(service.name)

    def listen(port: int | None) -> None:
        command = cluster.server_command(port, service.options)
        server.launch(cluster.launch_of(command, service.stop_timeout))

    def listen_and_answer(port: int) -> None:
        listen(port)
        settle(server, lambda: cluster.ask(port), timeout=service.start_timeout)

    if not service.tcp:
        listen(None)
        return Postgres(server, _on_socket(cluster))
    port = on_some_port(service.name, service.fixed_port, listen_and_answer)
    password = secrets.token_hex(16)
    cluster.ask(port, f"ALTER ROLE {datadir.SUPERUSER} PASSWORD '{password}'")
    return Postgres(server, _on_port(cluster, port, password))


def _prepare(service: Service, site: Site) -> Cluster:
    """A fresh data directory; what can be found out before the keeper has made room for it is found out before."""
    programs, account = binaries.postgres(site.environ, service.version), unprivileged()
    cache = places.cache(site.environ)
    if account:
        programs = within_reach(programs, account, cache)
    seed = datadir.Seed(programs, cache)
    cluster = Cluster(programs, account, site.keeper.directory / service.name)
    if account and not reaches(account, site.keeper.directory):
        raise UnavailableError(
            f"PostgreSQL refuses to run as root, and account {account.uid}, under which it would run, has no access to "
            f"{site.keeper.directory}; set {places.DIRECTORY_VARIABLE} to a directory below which it has"
        )
    cluster.home.mkdir(mode=0o700)
    if account:
        os.chown(cluster.home, *account)
    initdb = cluster.launch_of(datadir.initdb_command(programs, cluster.data))
    seed.grow(cluster.data, account, site.program(f"{service.name}-initdb"), initdb)
    return cluster


def adopt(service: Service, site: Site, endpoint: Endpoint) -> Postgres:
    """Use the server that another process started."""
    return Postgres(Program(site.keeper, service.name), endpoint)


def _socket(home: Path, number: int) -> Path:
    return home / f".s.PGSQL.{number}"


def _on_socket(cluster: Cluster) -> Endpoint:
    url = f"postgresql://{datadir.SUPERUSER}@/{DATABASE}?host={quote(str(cluster.home), safe='')}"
    return Endpoint(
        url=url,
        host=str(cluster.home),
        port=SOCKET_NUMBER,
        socket=_socket(cluster.home, SOCKET_NUMBER),
        admin_url=url,
        data_dir=cluster.data,
        env={"DATABASE_URL": url, "PGHOST": str(cluster.home), "PGUSER": datadir.SUPERUSER, "PGDATABASE": DATABASE},
    )


def _on_port(cluster: Cluster, port: int, password: str) -> Endpoint:
    url = f"postgresql://{datadir.SUPERUSER}:{password}@{LOOPBACK}:{port}/{DATABASE}"
    variables = {"PGHOST": LOOPBACK, "PGPORT": str(port), "PGUSER": datadir.SUPERUSER, "PGPASSWORD": password}
    return Endpoint(
        url=url,
        host=LOOPBACK,
        port=port,
        socket=_socket(cluster.home, port),
        admin_url=url,
        data_dir=cluster.data,
        env={"DATABASE_URL": url, "PGDATABASE": DATABASE, **variables},
    )
