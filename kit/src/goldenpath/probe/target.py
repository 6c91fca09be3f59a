"""Where the endpoint is, and whether it may be probed from here."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

PORTS: Final = {"http": 80, "ws": 80, "https": 443, "wss": 443}
PLAIN: Final = {"ws": "http", "wss": "https"}


class TargetRefused(Exception):
    """This address is none, or not one's own."""


@dataclass(frozen=True, slots=True)
class Target:
    """An endpoint: its origin, for HTTP, and its path, where the address names one."""

    scheme: str
    host: str
    port: int
    path: str = ""

    @property
    def secure(self) -> bool:
        """Whether it is reached over TLS."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """Host and port as they stand in an address."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """The address without a path."""
        return f"{self.scheme}://{self.authority}"

    def __str__(self) -> str:
        return self.origin + self.path


def target_of(url: str, owned: Collection[str] = ()) -> Target:
    """The endpoint at a URL; refused unless it is on this machine or its host is named as one's own."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise TargetRefused(f"{url!r} is no address: {error}") from None
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in PORTS or not host:
        raise TargetRefused(f"{url!r} is no address of an endpoint: write one like ws://127.0.0.1:8000/ws")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise TargetRefused("an address has no user, query or fragment here: a scenario says how to log in")
    if not is_local(host) and host not in {name.lower().rstrip(".") for name in owned}:
        raise TargetRefused(
            f"{host} is not this machine. A probe sends load and garbage; where the host is yours to probe, "
            f"say so: --i-own-this-host {host}"
        )
    scheme = PLAIN.get(parts.scheme, parts.scheme)
    return Target(scheme, host, port or PORTS[parts.scheme], parts.path.rstrip("/"))


def is_local(host: str) -> bool:
    """Whether a host is this machine by its name; nothing is looked up."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
