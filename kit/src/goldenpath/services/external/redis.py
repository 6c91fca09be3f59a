"""A logical database of its own on a Redis server of yours.

Redis has no names for databases, only numbers, so a claim in the database of the URL says which is whose. Only an
empty one is taken, and only that one is emptied at the end.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from goldenpath.services.clients import driver
from goldenpath.services.errors import DefinitionError, UnavailableError
from goldenpath.services.external.corner import CONNECT_TIMEOUT, PREFIX, Corner, corner_name, give_back_at_the_end
from goldenpath.services.ready import NotReady
from goldenpath.services.runtime import Endpoint
from goldenpath.services.service import Service
from goldenpath.services.site import Site
from goldenpath.services.urls import masked, with_path

USUAL_DATABASES: Final = 16
USUAL_PORT: Final = 6379
PATIENCE: Final[dict[str, Any]] = {"socket_connect_timeout": CONNECT_TIMEOUT, "socket_timeout": CONNECT_TIMEOUT}


def launch(service: Service, site: Site, url: str) -> Corner:
    """Claim an empty logical database; it is emptied and given back when the stack ends."""
    name = corner_name(service, site)
    with _connected(service.name, url) as server:
        give_back_at_the_end(site, "redis", url, name)
        number = _claim(service.name, server, url, name)
    own = numbered(url, number)
    parts = urlsplit(own)
    endpoint = Endpoint(
        url=own,
        host=parts.hostname or "",
        port=(parts.port or USUAL_PORT) if parts.hostname else None,
        socket=Path(parts.path) if parts.scheme == "unix" else None,
        admin_url=url,
        env={"REDIS_URL": own},
    )
    return Corner(service, endpoint, partial(_probe, own), partial(give_back, url, name))


def give_back(url: str, name: str) -> None:
    """Empty every database that this corner has claimed, and forget the claims."""
    redis = driver("redis")
    with redis.Redis.from_url(url, decode_responses=True, **PATIENCE) as server:
        for key in server.scan_iter(match=f"{PREFIX}claim:*"):
            if server.get(key) == name:
                with redis.Redis.from_url(numbered(url, int(key.rpartition(":")[2]))) as corner:
                    corner.flushdb()
                server.delete(key)


def numbered(url: str, number: int) -> str:
    """The URL of another logical database of the same server."""
    if url.startswith("unix:"):
        kept = [part for part in urlsplit(url).query.split("&") if part and not part.startswith("db=")]
        return f"{url.partition('?')[0]}?{'&'.join([*kept, f'db={number}'])}"
    return with_path(url, str(number))


def count_databases(server: Any) -> int:
    """How many logical databases a server has; the usual number if it does not tell."""
    try:
        return int(server.config_get("databases")["databases"])
    except (driver("redis").exceptions.ResponseError, KeyError):
        return USUAL_DATABASES


def _claim(service: str, server: Any, url: str, name: str) -> int:
    redis = driver("redis")
    own = int(server.connection_pool.connection_kwargs.get("db") or 0)
    taken = []
    for number in range(1, count_databases(server)):
        if number == own or not server.set(f"{PREFIX}claim:{number}", name, nx=True):
            taken.append(number)
            continue
        with redis.Redis.from_url(numbered(url, number), **PATIENCE) as candidate:
            if candidate.dbsize() == 0:
                return number
        server.delete(f"{PREFIX}claim:{number}")
        taken.append(number)
    raise UnavailableError(
        f"service {service!r}: no logical database of {masked(url)} is both empty and unclaimed (tried {taken}); "
        f"empty one, delete a left-over {PREFIX}claim:N in the URL's own database, or raise `databases`"
    )


def _probe(url: str) -> None:
    redis = driver("redis")
    try:
        with redis.Redis.from_url(url, **PATIENCE) as client:
            client.ping()
    except redis.exceptions.RedisError as error:
        raise NotReady(str(error)) from None


def _connected(name: str, url: str) -> Any:
    redis = driver("redis")
    try:
        server = redis.Redis.from_url(url, decode_responses=True, **PATIENCE)
    except (ValueError, TypeError) as error:
        raise DefinitionError(f"service {name!r}: {masked(url)} is not a Redis URL: {error}") from None
    try:
        server.ping()
    except redis.exceptions.RedisError as error:
        server.close()
        raise UnavailableError(
            f"service {name!r}: no connection to {masked(url)}: {error}{_hint(url, error)}"
        ) from None
    return server


def _hint(url: str, error: Exception) -> str:
    """What mends the usual mistakes with TLS and addresses."""
    message = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in message:
        return " - name the certificate authority with ssl_ca_certs=/path/to/ca.pem in the URL"
    if url.startswith("rediss:") and any(word in message for word in ("SSL", "closed", "Timeout")):
        return " - the URL demands TLS and the server speaks none: redis:// instead of rediss://"
    if url.startswith("redis:") and ("closed" in message or "reset" in message or "Protocol" in message):
        return " - does the server demand TLS? then rediss:// instead of redis://"
    return " - is the address right, and is the server up?"
