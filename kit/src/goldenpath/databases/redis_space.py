"""One test's own Redis: a numbered database of the server that nobody else holds."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from goldenpath.databases.errors import DatabaseTestError

if TYPE_CHECKING:
    from redis import Redis

LEASE: Final = "goldenpath:lease:{number}"
LEASE_SECONDS: Final = 24 * 3600


@dataclass(frozen=True)
class RedisSpace:
    """A numbered database, empty when it is handed out and emptied when it is given back."""

    url: str
    number: int
    key: str

    def connect(self, **options: Any) -> Redis:
        """A new client."""
        from redis import Redis

        return Redis.from_url(self.url, **options)


@contextmanager
def redis_space(server_url: str, key: str) -> Iterator[RedisSpace]:
    """Lease the first free number; number 0 holds the leases and is left alone."""
    from redis import Redis

    with Redis.from_url(server_url) as server:
        total = int(server.config_get("databases")["databases"])
        number = next((number for number in range(1, total) if take(server, number, key)), None)
        if number is None:
            raise DatabaseTestError(
                f"all {total - 1} numbered databases of {host_of(server_url)} are leased; start Redis with more "
                '(Service("redis", options={"databases": "256"})) or let tests give theirs back'
            )
        try:
            with Redis.from_url(numbered(server_url, number)) as inside:
                inside.flushdb()
                yield RedisSpace(numbered(server_url, number), number, key)
                inside.flushdb()
        finally:
            server.delete(LEASE.format(number=number))


def take(server: Redis, number: int, key: str) -> bool:
    """Whether this number is ours now; a lease whose process died on this machine counts for nothing."""
    lease = LEASE.format(number=number)
    ours = f"{socket.gethostname()}/{os.getpid()}/{key}"
    if server.set(lease, ours, nx=True, ex=LEASE_SECONDS):
        return True
    held: Any = server.get(lease)
    host, pid, *_ = (held or b"//").decode().split("/")
    if host != socket.gethostname() or not pid or alive(int(pid)):
        return False
    return bool(server.eval(SWAP, 1, lease, held, ours, LEASE_SECONDS))


SWAP: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
end
"""


def alive(pid: int) -> bool:
    """Whether there is such a process on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


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
