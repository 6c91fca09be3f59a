"""One test's own place in every store, under one key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from goldenpath.databases.agreement import Facts, assert_in_sync
from goldenpath.databases.clickhouse_space import ClickHouseSpace, clickhouse_space
from goldenpath.databases.errors import DatabaseTestError
from goldenpath.databases.isolated import IsolatedDatabase
from goldenpath.databases.redis_space import RedisSpace, redis_space
from goldenpath.services import ServiceHandle


@dataclass(frozen=True)
class IsolatedStores:
    """A PostgreSQL database and, for each that the stack has, a place in Redis and in ClickHouse."""

    postgres: IsolatedDatabase
    redis: RedisSpace | None
    clickhouse: ClickHouseSpace | None

    @property
    def key(self) -> str:
        """What all of them are known by: the name of the PostgreSQL database."""
        return self.postgres.name

    def env(self) -> dict[str, str]:
        """The environment variables by which a program finds these places."""
        found = {"DATABASE_URL": self.postgres.url}
        if self.redis:
            found["REDIS_URL"] = self.redis.url
        if self.clickhouse:
            found["CLICKHOUSE_URL"] = self.clickhouse.url
        return found

    def assert_in_sync(self, **facts: Any) -> None:
        """Fail unless the stores tell the same: `postgres="SELECT id, status FROM run", redis=lambda client: …`.

        A query answers with its first column as the key of the facts; a function gets a connected client; anything
        else is the facts themselves.
        """
        assert_in_sync({name: self._facts(name, source) for name, source in facts.items()})

    def _facts(self, name: str, source: Any) -> Facts:
        if isinstance(source, Mapping):
            return source
        store: Any = {"postgres": self.postgres, "redis": self.redis, "clickhouse": self.clickhouse}.get(name)
        if store is None:
            raise DatabaseTestError(f"there is no store {name!r} here to ask; give its facts as a mapping")
        with store.connect() as client:
            if callable(source):
                told: Facts = source(client)
                return told
            rows = client.query(source).result_rows if name == "clickhouse" else client.execute(source).fetchall()
            return {row[0]: tuple(row[1:]) for row in rows}


@contextmanager
def isolated_stores(stack: Mapping[str, ServiceHandle], postgres: IsolatedDatabase) -> Iterator[IsolatedStores]:
    """A place in every store of the stack, under the key of a test's database."""
    with ExitStack() as places:
        redis = clickhouse = None
        for handle in stack.values():
            if handle.service.kind == "redis":
                redis = places.enter_context(
                    redis_space(handle.admin_url or handle.url, postgres.name, spared=handle.url)
                )
            elif handle.service.kind == "clickhouse":
                clickhouse = places.enter_context(clickhouse_space(handle, postgres.name))
        yield IsolatedStores(postgres, redis, clickhouse)
