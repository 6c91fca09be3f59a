"""One test's own ClickHouse: a database that is dropped afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from goldenpath.databases.errors import DatabaseTestError
from goldenpath.services import ServiceHandle
from goldenpath.services.clients import connect

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class ClickHouseSpace:
    """A database of its own on a server, or in the engine inside this process."""

    url: str
    key: str

    def connect(self, **options: Any) -> Any:
        """A new clickhouse-connect client that works in this database."""
        return connect("clickhouse", self.url, **options)


@contextmanager
def clickhouse_space(handle: ServiceHandle, key: str) -> Iterator[ClickHouseSpace]:
    """Create the database, and drop it with all that is in it."""
    if not NAME.fullmatch(key):
        raise DatabaseTestError(f"{key!r} cannot name a ClickHouse database: use a-z, 0-9 and _, a letter first")
    client = handle.client()
    try:
        client.command(f"CREATE DATABASE {key}")
        try:
            yield ClickHouseSpace(within(handle.url, key), key)
        finally:
            client.command(f"DROP DATABASE IF EXISTS {key} SYNC")
    finally:
        client.close()


def within(url: str, database: str) -> str:
    """The server's URL with another database."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if parts.scheme == "chdb" or "database" in query:
        return f"{parts.scheme}://{parts.netloc}{parts.path}?{urlencode({**query, 'database': database})}"
    return parts._replace(path=f"/{database}").geturl()
