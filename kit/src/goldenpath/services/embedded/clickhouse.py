"""ClickHouse inside this process (chDB), behind the client of clickhouse-connect that also speaks to servers.

The limits of this: it answers only in this process (no other process, no shared stack, no command service can use
it), it may hold one engine per process (so every stack gets a database of its own in it), it cannot be restarted, and a
child forked after its start must not use it - it would hang. A server, by Docker or a URL, has none of them.
"""

from __future__ import annotations

import atexit
import os
import secrets
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from goldenpath.services import clients, places
from goldenpath.services.errors import DefinitionError, ServiceError
from goldenpath.services.keeper import Keeper
from goldenpath.services.ready import NotReady
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site

PREFIX: Final = "goldenpath_"


class Engine:
    """The one engine of this process, with a keeper that removes its files when the process ends."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.pid = os.getpid()
        self._keeper = Keeper.start(places.root(environ), f"chdb-{secrets.token_hex(4)}", environ)
        self.files = self._keeper.directory / "clickhouse"
        self.url = f"chdb://{quote(str(self.files))}"
        self._client = clients.connect("clickhouse", self.url)
        atexit.register(self._close)

    def _close(self) -> None:
        if os.getpid() == self.pid:
            self._client.close()
            self._keeper.leave()

    def command(self, statement: str) -> Any:
        """Run a statement; refused in a forked child, where it would hang."""
        if os.getpid() != self.pid:
            raise ServiceError(
                f"embedded ClickHouse was started in process {self.pid} and cannot be used in its forked child "
                f"{os.getpid()}; start it after the fork, or use provider='docker' or 'external'"
            )
        return self._client.command(statement)


_engine: Engine | None = None


class ClickHouse:
    """A database in this process's engine."""

    def __init__(self, service: Service, engine: Engine, database: str) -> None:
        self._name = service.name
        self._engine = engine
        self._database = database
        url = f"{engine.url}?database={database}"
        self.endpoint = Endpoint(url=url, admin_url=engine.url, data_dir=engine.files, env={"CLICKHOUSE_URL": url})
        self._stopped = False

    def probe(self) -> None:
        """Query it."""
        if self._stopped or not self._engine.command(f"EXISTS DATABASE {self._database}"):
            raise NotReady(f"database {self._database} is dropped")

    def death(self) -> str | None:
        """It lives and dies with this process, and with its database."""
        return "was stopped" if self._stopped else None

    def history(self) -> tuple[list[float], float]:
        """It is never launched again."""
        return [], 0.0

    def logs(self, lines: int) -> str:
        """It writes none."""
        return "(embedded ClickHouse writes no log)"

    def restart(self) -> None:
        """Refuse: it cannot be done within this process."""
        raise ServiceError(
            f"service {self._name!r} is ClickHouse inside this process and cannot be restarted; "
            "use provider='docker' or 'external' for tests that need that"
        )

    def stop(self) -> None:
        """Drop the database; in a forked child it is left to the process that it belongs to."""
        self._stopped = True
        if os.getpid() == self._engine.pid:
            self._engine.command(f"DROP DATABASE IF EXISTS {self._database} SYNC")

    def leave(self) -> None:
        """Drop the database: no keeper could."""
        self.stop()


def launch(service: Service, site: Site) -> ClickHouse:
    """Make a database for the stack in this process's engine, which is started on first use."""
    global _engine
    if _engine is None:
        clients.driver("chdb")
        _engine = Engine(site.environ)
    database = f"{PREFIX}{site.identity}_{service.name.replace('-', '_')}"
    _engine.command(f"CREATE DATABASE {database}")
    return ClickHouse(service, _engine, database)


def adopt(service: Service, site: Site, endpoint: Endpoint) -> ClickHouse:
    """Refuse: it is in another process."""
    raise DefinitionError(
        f"service {service.name!r}: embedded ClickHouse lives in one process and cannot be shared; "
        "use provider='docker' or 'external' for it, or a stack that is not shared"
    )
