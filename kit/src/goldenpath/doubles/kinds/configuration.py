"""The settings of a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol, runtime_checkable

from goldenpath.doubles.kinds.kind import Kind

SETTINGS: Final[dict[str, Any]] = {
    "database_url": "postgresql://test:test@localhost:5432/test",
    "redis_url": "redis://localhost:6379/0",
    "clickhouse_url": "clickhouse://localhost:8123/test",
    "secret_key": "a-test-secret-of-at-least-thirty-two-characters",
    "debug": False,
    "log_level": "INFO",
    "request_timeout": 30.0,
}
"""What a configuration double says unless `additional_config` says otherwise."""


@runtime_checkable
class Configuration(Protocol):
    """Typed settings, by attribute or by name."""

    environment: str
    database_url: str
    redis_url: str
    clickhouse_url: str
    secret_key: str
    debug: bool
    log_level: str
    request_timeout: float

    def get(self, name: str, default: Any = None) -> Any: ...


class Behaviour:
    """Holds `SETTINGS` under whatever was added to them."""

    def __init__(self, environment: str = "test", additional_config: Mapping[str, Any] | None = None) -> None:
        self.__dict__.update(SETTINGS, environment=environment)
        self.__dict__.update(additional_config or {})

    def get(self, name: str, default: Any = None) -> Any:
        return self.__dict__.get(name, default)


KIND = Kind("configuration", Configuration)
