"""Real services for tests: PostgreSQL, Redis, ClickHouse and commands of yours, with or without Docker."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    raise ImportError("goldenpath.services needs fork and Unix sockets, which Windows lacks; run it in WSL 2")

from goldenpath.services.errors import (
    DeadError,
    DefinitionError,
    ServiceError,
    StartError,
    StormError,
    UnavailableError,
)
from goldenpath.services.handle import ServiceHandle
from goldenpath.services.health import Health, HealthReport
from goldenpath.services.limiter import RestartLimit
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
    "HealthReport",
    "Limits",
    "RestartLimit",
    "Service",
    "ServiceError",
    "ServiceHandle",
    "ServiceStack",
    "StartError",
    "StormError",
    "UnavailableError",
]
