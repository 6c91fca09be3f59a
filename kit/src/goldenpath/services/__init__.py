"""Real services for tests: PostgreSQL, Redis, ClickHouse and commands of yours, with or without Docker."""

from __future__ import annotations

from goldenpath.services.errors import (
    DeadError,
    DefinitionError,
    ServiceError,
    StartError,
    StormError,
    UnavailableError,
)
from goldenpath.services.handle import Health, ServiceHandle
from goldenpath.services.ready import Accepts, Announces, Answers
from goldenpath.services.service import Limits, Service
from goldenpath.services.stack import ServiceStack

__all__ = [
    "Accepts",
    "Announces",
    "Answers",
    "DeadError",
    "DefinitionError",
    "Health",
    "Limits",
    "Service",
    "ServiceError",
    "ServiceHandle",
    "ServiceStack",
    "StartError",
    "StormError",
    "UnavailableError",
]
