"""Gives each test a real database of its own, in the cheapest way that is safe."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

from goldenpath.databases import watch
from goldenpath.databases.errors import CannotReset, DatabaseTestError, LeakedConnections
from goldenpath.databases.fingerprint import fingerprint
from goldenpath.databases.isolated import IsolatedDatabase, OpenConnection, still_open
from goldenpath.databases.names import Names, random_token
from goldenpath.databases.owner import Owner
from goldenpath.databases.pool import ClonePool
from goldenpath.databases.scope import Scope, ScopeDriver
from goldenpath.databases.scratch import Scratch
from goldenpath.databases.server import Server
from goldenpath.databases.stores import IsolatedStores, isolated_stores
from goldenpath.databases.template import Template
from goldenpath.services import ServiceHandle

if TYPE_CHECKING:
    from psycopg import Connection

Isolation = Literal["auto", "reset", "clone"]
Verify = Literal["dirty", "full"]


class DatabaseTestUtility:
    """Databases for tests on one server: `with DatabaseTestUtility(stack) as db, db.database() as database: …`.

    A migrated template is cloned ahead of need; a database that a test has used is put back, proved to be as new and
    handed out again; whatever cannot be proved is dropped and cloned afresh.
    """

    def __init__(
        self,
        stack: Mapping[str, ServiceHandle] | str,
        *,
        service: str = "postgres",
        template: Template | None = None,
        worker: str = "main",
        prefix: str = "gp",
        ahead: int = 2,
        keep_on_failure: bool = False,
        tell: Callable[[str], object] = sys.stderr.write,
        token: Callable[[], str] = random_token,
    ) -> None:
        self._names = Names(prefix, worker, token())
        self.stack: Mapping[str, ServiceHandle] = {} if isinstance(stack, str) else stack
        self.server = Server(stack if isinstance(stack, str) else admin_url(stack, service), prefix=prefix)
        self._owner = Owner(self.server, self._names.token)
        self._owner.clear()
        self.template = template or Template.empty()
        self.keep_on_failure = keep_on_failure
        self.leaks: dict[str, list[OpenConnection]] = {}
        self.kept: list[str] = []
        self._tell = tell
        self._ahead = ahead
        self._janitor = ThreadPoolExecutor(2, thread_name_prefix="goldenpath-databases")
        self._pools: dict[str, ClonePool] = {}
        self._scratches: dict[str, Scratch] = {}
        self._watchers: dict[str, Connection[Any]] = {}
        self._lock = threading.RLock()

    @contextmanager
    def database(
        self,
        template: Template | None = None,
        *,
        isolation: Isolation = "auto",
        verify: Verify = "dirty",
        leaks: Literal["report", "fail"] = "report",
        failed: Callable[[], bool] = lambda: False,
    ) -> Iterator[IsolatedDatabase]:
        """A database of the test's own, with real commits.

        `auto` and `reset` hand out a used one that was proved to be as new, `clone` always a brand-new one; `reset`
        is an error where the server does not let us watch. `verify="full"` reads every row to prove a reset. A test
        has failed when it raises in here, or when `failed` says so.
        """
        known(isolation, Isolation, "isolation")
        known(verify, Verify, "verify")
        pool = self._pool(template or self.template)
        if isolation == "reset" and not pool.template.watched:
            raise DatabaseTestError(
                f"isolation='reset' needs a superuser to install its triggers, and {self.server.address.user!r} "
                "is none; use isolation='auto' or 'clone'"
            )
        recycle = isolation != "clone" and pool.template.watched
        name = pool.take(recycled=recycle)
        how = "reset" if name in self._watchers else "clone"
        database = IsolatedDatabase(self.server.address.of(name), how)
        try:
            yield database
        except BaseException:
            self._keep_or_discard(pool, database)
            raise
        if failed():
            self._keep_or_discard(pool, database)
            return
        self._take_back(pool, database, recycle=recycle, full=verify == "full")
        if leaks == "fail" and name in self.leaks:
            left = "\n  ".join(map(str, self.leaks.pop(name)))
            raise LeakedConnections(f"the test left connections to {name} open; close them:\n  {left}")

    @asynccontextmanager
    async def adatabase(self, template: Template | None = None, **options: Any) -> AsyncIterator[IsolatedDatabase]:
        """`database` for async tests: the waiting is done in a thread."""
        scope = self.database(template, **options)
        entering = asyncio.ensure_future(asyncio.to_thread(scope.__enter__))
        try:
            database = await asyncio.shield(entering)
        except asyncio.CancelledError:
            await entering
            await asyncio.to_thread(scope.__exit__, None, None, None)
            raise
        try:
            yield database
        except BaseException as error:
            await asyncio.to_thread(scope.__exit__, type(error), error, error.__traceback__)
            raise
        await asyncio.to_thread(scope.__exit__, None, None, None)

    @contextmanager
    def stores(self, template: Template | None = None, **options: Any) -> Iterator[IsolatedStores]:
        """A place of the test's own in every store of the stack, under one key."""
        with self.database(template, **options) as database, isolated_stores(self.stack, database) as stores:
            yield stores

    @contextmanager
    def committed_scope(self, template: Template | None = None, **options: Any) -> Iterator[Connection[Any]]:
        """A connection to a database of the test's own, with real commits, put back afterwards."""
        with self.database(template, **options) as database, database.connect() as connection:
            yield connection

    def transaction_scope(self, driver: ScopeDriver = "psycopg", template: Template | None = None) -> Scope:
        """A connection or session whose every commit is undone on leaving, nested savepoints included.

        `with` gives a psycopg connection or a SQLAlchemy session, `async with` the async ones and asyncpg's. It is the
        cheapest scope and safe as long as the code under test uses this connection and no other.
        """
        known(driver, ScopeDriver, "driver")
        used = template or self.template
        return Scope(driver, lambda: self._scratch(used))

    def close(self) -> None:
        """Drop every database made here but those kept; what could not be dropped is told at the end."""
        self._janitor.shutdown(cancel_futures=True)
        with self._lock:
            for scratch in self._scratches.values():
                scratch.close()
            for watcher in self._watchers.values():
                watcher.close()
            failures = [failure for pool in self._pools.values() for failure in pool.close()]
            self._scratches.clear()
            self._watchers.clear()
            self._pools.clear()
        self._owner.close()
        self.server.close()
        if failures:
            told = "\n  ".join(map(str, failures))
            raise DatabaseTestError(f"{len(failures)} databases could not be dropped:\n  {told}") from ExceptionGroup(
                "while the databases were closed", failures
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _pool(self, template: Template) -> ClonePool:
        with self._lock:
            pool = self._pools.get(template.key)
            if pool is None:
                prepared = self.server.prepare(template)
                pool = ClonePool(self.server, prepared, self._name, ahead=self._ahead, janitor=self._janitor)
                self._pools[template.key] = pool
            return pool

    def _name(self) -> str:
        self._owner.hold()
        return self._names.next()

    def _scratch(self, template: Template) -> Scratch:
        with self._lock:
            if template.key not in self._scratches:
                self._scratches[template.key] = Scratch(self._pool(template))
            return self._scratches[template.key]

    def _take_back(self, pool: ClonePool, database: IsolatedDatabase, *, recycle: bool, full: bool) -> None:
        """Reset the database for the next test, or drop it when that cannot be proved."""
        import psycopg

        try:
            watcher = self._watcher(database)
            if left := still_open(watcher):
                self.leaks[database.name] = left
            if not recycle or left:
                raise CannotReset("it is not wanted again")
            watch.reset(watcher)
            if full and fingerprint(watcher) != pool.template.fingerprint:
                raise CannotReset("its fingerprint is not the template's")
        except (CannotReset, psycopg.Error):
            self._discard(pool, database.name)
        else:
            pool.give_back(database.name)

    def _watcher(self, database: IsolatedDatabase) -> Connection[Any]:
        with self._lock:
            watcher = self._watchers.get(database.name)
            if watcher is None or watcher.closed:
                watcher = self._watchers[database.name] = database.connect(
                    autocommit=True, application_name="goldenpath watch"
                )
            return watcher

    def _discard(self, pool: ClonePool, name: str) -> None:
        with self._lock:
            if watcher := self._watchers.pop(name, None):
                watcher.close()
        pool.discard(name)

    def _keep_or_discard(self, pool: ClonePool, database: IsolatedDatabase) -> None:
        if not self.keep_on_failure:
            self._discard(pool, database.name)
            return
        self.server.keep(database.name)
        pool.keep(database.name)
        self.kept.append(database.url)
        self._tell(
            f"\nthe database of the failed test is kept: psql '{database.url}'\n"
            "  (as long as its server runs; `goldenpath services up` starts servers that outlive the run)\n"
        )


def admin_url(stack: Mapping[str, ServiceHandle], service: str) -> str:
    """Where the databases of this stack's PostgreSQL are made."""
    handle = stack[service]
    if not handle.admin_url:
        raise DatabaseTestError(
            f"service {service!r} of this stack has no administrator's URL; is it a PostgreSQL server?"
        )
    return handle.admin_url


def known(value: str, choices: Any, what: str) -> None:
    """Refuse a value that is none of the choices."""
    if value not in get_args(choices):
        raise DatabaseTestError(f"{what}={value!r} is unknown; use {' or '.join(map(repr, get_args(choices)))}")
