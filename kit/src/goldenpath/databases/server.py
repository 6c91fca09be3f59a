"""One PostgreSQL server on which databases are created, cloned and dropped."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from goldenpath.databases import watch
from goldenpath.databases.address import Address
from goldenpath.databases.errors import DatabaseTestError, TemplateError
from goldenpath.databases.fingerprint import fingerprint
from goldenpath.databases.template import Template, digest
from goldenpath.services.clients import driver

if TYPE_CHECKING:
    from psycopg import Connection

STRATEGIES: Final = ("file_copy", "wal_log")
PROBES: Final = 2
GRACE: Final = 5.0
PAUSE: Final = 0.001
STRATEGIES_SINCE: Final = 150_000
OTHERS: Final = (
    "FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


class Prepared:
    """A template as it stands on a server: what to clone, how, and what a clone holds."""

    def __init__(self, name: str, note: dict[str, Any]) -> None:
        self.name = name
        self.strategy: str | None = note["strategy"]
        self.fingerprint: str = note["fingerprint"]
        self.watched: bool = note["watched"]


class Server:
    """A PostgreSQL server, by an administrator's URL; every database made here begins with the prefix (see `Names`)."""

    def __init__(
        self,
        admin_url: str,
        *,
        prefix: str = "gp",
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address = Address.parse(admin_url)
        self.prefix = prefix
        self._pause = pause
        self._clock = clock
        self._idle: list[Connection[Any]] = []
        self._lock = threading.Lock()
        self._prepared: dict[str, Prepared] = {}
        with self.connection() as connection:
            self.version = connection.info.server_version
            row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
            self.superuser = bool(row and row[0])

    @contextmanager
    def connection(self) -> Iterator[Connection[Any]]:
        """An administrator's connection of this thread's for a moment, kept open for the next."""
        connection = self._alive() or self.connect()
        try:
            yield connection
        finally:
            with self._lock:
                self._idle.append(connection)

    def connect(self) -> Connection[Any]:
        """A new administrator's connection, for the caller to close."""
        connection: Connection[Any] = driver("psycopg").connect(self.address.url(), autocommit=True)
        return connection

    def _alive(self) -> Connection[Any] | None:
        """An idle connection that still answers: a server that was restarted meanwhile has ended them all."""
        import psycopg

        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            try:
                connection.execute("SELECT 1")
            except psycopg.OperationalError:
                connection.close()
            else:
                return connection

    def close(self) -> None:
        """Close the administrator's connections."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def create(self, name: str, template: Prepared | None = None) -> None:
        """A new database: a clone of the template, or empty."""
        clause = ""
        if template is not None:
            clause = f' TEMPLATE "{template.name}"' + (f" STRATEGY {template.strategy}" if template.strategy else "")
        with self.connection() as connection:
            connection.execute(f'CREATE DATABASE "{self.own(name)}"{clause}'.encode())

    def drop(self, name: str) -> None:
        """Drop a database once nobody is connected; the server itself would wait 100 ms at a time for that."""
        statement = f'DROP DATABASE IF EXISTS "{self.own(name)}"'.encode()
        with self.connection() as connection:
            self._empty(connection, name)
            connection.execute(statement)

    def keep(self, name: str) -> None:
        """Note that a database shall outlive its owner."""
        with self.connection() as connection:
            connection.execute(f"""COMMENT ON DATABASE "{self.own(name)}" IS 'kept'""".encode())

    def own(self, name: str) -> str:
        """The name, if it is one that may be created and dropped here."""
        if not name.startswith(self.prefix + "_") or '"' in name:
            raise DatabaseTestError(f"{name!r} does not begin with {self.prefix}_, so it is not touched here")
        return name

    def databases(self) -> list[str]:
        """The names of every database with the prefix."""
        with self.connection() as connection:
            pattern = self.prefix.replace("_", r"\_") + r"\_%"
            rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY 1", [pattern])
            return [name for (name,) in rows]

    def prepare(self, template: Template) -> Prepared:
        """The template, migrated once on this server however many processes ask at the same time."""
        known = self._prepared.get(template.key)
        if known is None:
            installed = files("goldenpath.databases").joinpath("watch.sql").read_bytes()
            name = f"{self.prefix}_template_{digest([template.key.encode(), installed])}"
            with self.connection() as connection:
                connection.execute("SELECT pg_advisory_lock(hashtext(%s))", [name])
                try:
                    known = self._found(connection, name) or self._build(connection, name, template)
                finally:
                    connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", [name])
            self._prepared[template.key] = known
        return known

    def _found(self, connection: Connection[Any], name: str) -> Prepared | None:
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        row = connection.execute(query, [name]).fetchone()
        return Prepared(name, json.loads(row[0])) if row else None

    def _build(self, connection: Connection[Any], name: str, template: Template) -> Prepared:
        import psycopg

        building, trial = name + "_new", name + "_trial"
        self.drop(trial)
        self.drop(building)
        self.create(building)
        url = self.address.of(building).url()
        try:
            template.migrate(url)
            with psycopg.connect(url, autocommit=True) as inside:
                if self.superuser:
                    watch.install(inside)
                note = {"fingerprint": fingerprint(inside), "watched": self.superuser, "strategy": None}
                inside.execute("CHECKPOINT" if self.superuser else "SELECT 1")
            self._empty(connection, building)
            note["strategy"] = self._faster(building, trial)
        except BaseException as error:
            self.drop(trial)
            self.drop(building)
            if isinstance(error, psycopg.Error):
                raise TemplateError(f"migrating the template failed: {error}") from error
            raise
        comment = json.dumps(note).replace("'", "''")
        connection.execute(f"""COMMENT ON DATABASE "{building}" IS '{comment}'""".encode())
        connection.execute(f'ALTER DATABASE "{building}" ALLOW_CONNECTIONS false'.encode())
        connection.execute(f'ALTER DATABASE "{building}" RENAME TO "{name}"'.encode())
        return Prepared(name, note)

    def _faster(self, building: str, trial: str) -> str | None:
        """The faster way to clone here and now: which one it is depends on the file system."""
        if self.version < STRATEGIES_SINCE:
            return None
        spent = dict.fromkeys(STRATEGIES, 0.0)
        for strategy in STRATEGIES * PROBES:
            candidate = Prepared(building, {"strategy": strategy, "fingerprint": "", "watched": False})
            start = self._clock()
            self.create(trial, candidate)
            spent[strategy] += self._clock() - start
            self.drop(trial)
        return min(spent, key=spent.__getitem__)

    def _empty(self, connection: Connection[Any], name: str) -> None:
        """Return when nobody is connected to this database any more; those who still are lose their connection."""
        deadline = self._clock() + GRACE
        ask = f"SELECT count(pg_terminate_backend(pid)) {OTHERS}".encode()
        while (row := connection.execute(ask, [name]).fetchone()) and row[0]:
            if self._clock() >= deadline:
                raise DatabaseTestError(
                    f"{row[0]} connections to {name} did not end within {GRACE:g} s of being told to"
                )
            self._pause(PAUSE)
