"""PostgreSQL from its binaries: a cached data directory, a Unix socket, nothing written through to a disk."""

from __future__ import annotations

import os
import signal
from typing import Final
from urllib.parse import quote

from goldenpath.services import binaries, datadir, places, wire
from goldenpath.services.account import unprivileged
from goldenpath.services.embedded.process import ProcessRuntime
from goldenpath.services.program import Program
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site

SOCKET_NUMBER: Final = 5432
DATABASE: Final = "postgres"
OPTIONS: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "dynamic_shared_memory_type": "mmap",
    "jit": "off",
    "timezone": "UTC",
}
"""For data that nobody keeps; shared memory in files, so that it goes when the data directory goes."""


class Postgres(ProcessRuntime):
    """A PostgreSQL server of the stack's own."""

    def probe(self) -> None:
        assert self.endpoint.socket is not None
        wire.ask_postgres(self.endpoint.socket, datadir.SUPERUSER, DATABASE)


def launch(service: Service, site: Site) -> Postgres:
    """Start a server; it is still starting when this returns."""
    programs = binaries.postgres(site.environ, service.version)
    account = unprivileged()
    home = site.keeper.directory / service.name
    home.mkdir(mode=0o700)
    if account:
        os.chown(home, *account)
    data = home / "data"
    env = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": str(home)}
    initdb = Program(site.keeper, f"{service.name}-initdb", env=env, cwd=home, account=account)
    datadir.provide(programs, places.cache(site.environ), data, account, initdb)
    server = Program(
        site.keeper,
        service.name,
        env=env,
        cwd=home,
        account=account,
        stop_signal=signal.SIGQUIT,
        group=False,
        grace=service.stop_timeout,
    )
    options = {**OPTIONS, "unix_socket_directories": str(home), "listen_addresses": "", **service.options}
    server.launch([str(programs.server), "-D", str(data), *(f"--{key}={value}" for key, value in options.items())])
    host = quote(str(home), safe="")
    url = f"postgresql://{datadir.SUPERUSER}@/{DATABASE}?host={host}"
    return Postgres(
        server,
        Endpoint(
            url=url,
            host=str(home),
            port=SOCKET_NUMBER,
            socket=home / f".s.PGSQL.{SOCKET_NUMBER}",
            admin_url=url,
            data_dir=data,
            env={"DATABASE_URL": url, "PGHOST": str(home), "PGUSER": datadir.SUPERUSER, "PGDATABASE": DATABASE},
        ),
    )
