"""Where a URL leads: its hosts, whether they are this machine, and the password in it."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

_LOCAL_NAMES: Final = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})


def hosts(url: str) -> list[str]:
    """Every host of a URL: PostgreSQL's may name several, and in its parameters too."""
    parts = urlsplit(url)
    named = [_without_port(host) for host in parts.netloc.rpartition("@")[2].split(",")]
    query = parse_qs(parts.query)
    in_query = [host for key in ("host", "hostaddr") for text in query.get(key, []) for host in text.split(",")]
    return (in_query if in_query and named == [""] else named + in_query) if parts.scheme != "unix" else [""]


def is_local(host: str) -> bool:
    """Whether a host is this machine: by name, by any spelling of a loopback address, or as a socket in a file."""
    name = host.strip().rstrip(".").lower()
    if name in _LOCAL_NAMES or name.endswith(".localhost") or name.startswith(("/", "@")):
        return True
    address = _address(name)
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address is not None and (address.is_loopback or address.is_unspecified)


def password(url: str) -> str | None:
    """The password that stands in a URL; None in what is no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    in_query = parse_qs(parts.query).get("password")
    return unquote(parts.password) if parts.password else (in_query[0] if in_query else None)


def user(url: str) -> str | None:
    """The user that stands in a URL."""
    name = urlsplit(url).username
    return unquote(name) if name else None


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return unquote(host.partition(":")[0])


def _address(name: str) -> IPv4Address | IPv6Address | None:
    """Resolvers also read 127.1, 0x7f.1 and 2130706433 as addresses."""
    try:
        return ip_address(name)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(name))
    except OSError:
        return None
