"""The usual driver's client for each kind of service."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from goldenpath.services.errors import DefinitionError, UnavailableError

EXTRAS: Final = {
    "psycopg": "services",
    "redis": "services",
    "clickhouse_connect": "clickhouse",
    "chdb": "clickhouse",
    "docker": "docker",
    "yaml": "docker",
}
"""Which extra of goldenpath brings each driver; others are brought by whoever asks for them."""


def driver(name: str) -> ModuleType:
    """The driver, or an error that says how to get it."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        what = f"'goldenpath[{EXTRAS[name]}]'" if name in EXTRAS else name
        raise UnavailableError(f"{name} is not installed: pip install {what}") from None


def connect(kind: str, url: str, **options: Any) -> Any:
    """A connected client; options are the driver's own."""
    if kind not in CONNECT:
        raise DefinitionError(f"there is no usual client for a {kind}; connect to {url or 'it'} by yourself")
    return CONNECT[kind](url, **options)


def _postgres(url: str, **options: Any) -> Any:
    return driver("psycopg").connect(url, **options)


def _redis(url: str, **options: Any) -> Any:
    return driver("redis").Redis.from_url(url, **options)


def _clickhouse(url: str, **options: Any) -> Any:
    if url.startswith("chdb:"):
        driver("chdb")
    return driver("clickhouse_connect").get_client(dsn=url, **options)


CONNECT: Final[dict[str, Callable[..., Any]]] = {
    "postgres": _postgres,
    "redis": _redis,
    "clickhouse": _clickhouse,
}
