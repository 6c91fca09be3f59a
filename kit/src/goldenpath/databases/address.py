"""Where a PostgreSQL database is, and how to say so to each driver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from goldenpath.databases.errors import AddressError

Driver = Literal["libpq", "asyncpg", "sqlalchemy+psycopg", "sqlalchemy+asyncpg"]

SCHEMES: Final[dict[Driver, str]] = {
    "libpq": "postgresql",
    "asyncpg": "postgresql",
    "sqlalchemy+psycopg": "postgresql+psycopg",
    "sqlalchemy+asyncpg": "postgresql+asyncpg",
}
ACCEPTED: Final = {"postgres", "postgresql", "postgresql+psycopg", "postgresql+psycopg2", "postgresql+asyncpg"}

MODES: Final = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
FILES: Final = ("sslrootcert", "sslcert", "sslkey", "sslcrl")
TLS_NAME: Final[dict[Driver, str]] = {
    "libpq": "sslmode",
    "asyncpg": "sslmode",
    "sqlalchemy+psycopg": "sslmode",
    "sqlalchemy+asyncpg": "ssl",
}
"""What each driver calls the mode of TLS: SQLAlchemy hands asyncpg its query as keywords, and there it is `ssl`."""


@dataclass(frozen=True)
class Address:
    """One database on one server, read from the URL of any driver and written for any other."""

    database: str
    user: str = ""
    password: str = field(default="", repr=False)
    host: str = ""
    port: int | None = None
    sslmode: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, url: str) -> Address:
        """Read a URL; TLS settings that contradict each other are refused by name."""
        parts = urlsplit(url)
        if parts.scheme not in ACCEPTED:
            raise AddressError(
                f"expected a URL that begins with postgresql://, not {parts.scheme or url.partition(':')[0]}:"
            )
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        host = query.pop("host", None) or unquote(parts.hostname or "")
        sslmode = tls_mode(query.pop("sslmode", None), query.pop("ssl", None))
        refuse_conflicts(sslmode, host, query)
        return cls(
            database=unquote(parts.path.lstrip("/")) or "postgres",
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            host=host,
            port=port_of(url, query.pop("port", None)),
            sslmode=sslmode,
            options=query,
        )

    def of(self, database: str) -> Address:
        """Another database on the same server."""
        return replace(self, database=database)

    def url(self, driver: Driver = "libpq") -> str:
        """The URL in the words of this driver."""
        if driver not in SCHEMES:
            raise AddressError(f"there is no driver {driver!r}; known are {', '.join(SCHEMES)}")
        login = quote(self.user, safe="")
        if self.password:
            login += ":" + quote(self.password, safe="")
        by_socket = self.host.startswith("/")
        host = "" if by_socket else f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port and not by_socket else ""
        query = dict(self.options)
        if by_socket:
            query = {"host": self.host, **({"port": str(self.port)} if self.port else {}), **query}
        if self.sslmode:
            query[TLS_NAME[driver]] = self.sslmode
        tail = "?" + urlencode(query) if query else ""
        return f"{SCHEMES[driver]}://{login}{'@' if login else ''}{host}{port}/{quote(self.database, safe='')}{tail}"


def port_of(url: str, given: str | None) -> int | None:
    """The port in the query, else the one in the URL."""
    try:
        return int(given) if given else urlsplit(url).port
    except ValueError:
        raise AddressError(
            f"{given or urlsplit(url).netloc.rpartition(':')[2]!r} is no port; expected a number"
        ) from None


def tls_mode(sslmode: str | None, ssl: str | None) -> str | None:
    """The one mode of TLS that `sslmode` (libpq) and `ssl` (asyncpg) ask for."""
    for name, value in (("sslmode", sslmode), ("ssl", ssl)):
        if value is None or value in MODES:
            continue
        if value.lower() in {"true", "1", "on", "yes"}:
            raise AddressError(
                f"{name}={value} means a verified certificate to some drivers and mere encryption to others; "
                "write sslmode=verify-full or sslmode=require"
            )
        raise AddressError(f"{name}={value} is no mode of TLS; known are {', '.join(MODES)}")
    if sslmode and ssl and sslmode != ssl:
        raise AddressError(f"sslmode={sslmode} and ssl={ssl} contradict each other; keep one of them")
    return sslmode or ssl


def refuse_conflicts(sslmode: str | None, host: str, query: Mapping[str, str]) -> None:
    """Refuse TLS that is asked for and ruled out at the same time."""
    given = [name for name in FILES if query.get(name)]
    if sslmode == "disable" and given:
        raise AddressError(
            f"sslmode=disable and {given[0]} contradict each other; remove {given[0]} or choose verify-full"
        )
    if host.startswith("/") and sslmode in {"require", "verify-ca", "verify-full"}:
        raise AddressError(f"sslmode={sslmode} over the Unix socket in {host}: there is no TLS on one; remove sslmode")
    if ("sslcert" in given) != ("sslkey" in given):
        raise AddressError("sslcert and sslkey belong together; give both or neither")
