"""One test's own Redis: a numbered database of the server that nobody else holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from goldenpath.databases.errors import DatabaseTestError
from goldenpath.databases.redis_lease import Lease
from goldenpath.services.clients import driver
from goldenpath.services.external.redis import count_databases

if TYPE_CHECKING:
    from redis import Redis

LEASE_SECONDS: Final = 60.0
"""How long a number stays leased after its process died."""


@dataclass(frozen=True)
class RedisSpace:
    """A numbered database, empty when it is handed out and emptied when it is given back."""

    url: str
    number: int
    key: str

    def connect(self, **options: Any) -> Redis:
        """A new client."""
        client: Redis = driver("redis").Redis.from_url(self.url, **options)
        return client


@contextmanager
def redis_space(server_url: str, key: str, *, spared: str = "", seconds: float = LEASE_SECONDS) -> Iterator[RedisSpace]:
    """Lease the first number that is empty and free; the claims are in the server URL's own database.

    That one is left alone, and so is the one of the URL to be spared.
    """
    redis = driver("redis")
    with redis.Redis.from_url(server_url) as server:
        lease = Lease(server, seconds)
        try:
            number = leased(lease, server, server_url, {own(server_url), own(spared or server_url)})
            with redis.Redis.from_url(numbered(server_url, number)) as inside:
                inside.flushdb()
                try:
                    yield RedisSpace(numbered(server_url, number), number, key)
                finally:
                    lease.give_up(number, inside.flushdb)
        finally:
            lease.end()


def leased(lease: Lease, server: Redis, url: str, spared: set[int]) -> int:
    """The first number that could be leased."""
    total = count_databases(server)
    for number in sorted(set(range(1, total)) - spared):
        with driver("redis").Redis.from_url(numbered(url, number)) as inside:
            if lease.take(number, inside.dbsize):
                return number
    raise DatabaseTestError(
        f"none of the {total} numbered databases of {host_of(url)} is both free and empty; start Redis with more "
        '(Service("redis", options={"databases": "256"})), empty one or let tests give theirs back'
    )


def own(url: str) -> int:
    """The number of the database in a URL."""
    return int(driver("redis").connection.parse_url(url).get("db", 0))


def numbered(url: str, number: int) -> str:
    """The server's URL with another database number, over TCP or a Unix socket."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), "db": str(number)}
    path = parts.path if parts.scheme == "unix" else ""
    return f"{parts.scheme}://{parts.netloc}{path}?{urlencode(query)}"


def host_of(url: str) -> str:
    """The part of the URL that can be shown."""
    parts = urlsplit(url)
    return parts.hostname or parts.path
