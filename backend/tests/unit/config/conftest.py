from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from agent_backend.config import Sources, UnifiedConfigManager

WORKING = {
    "AGENT_BACKEND_DATABASE_URL": "postgresql://user:hunter2-of-the-database@db.internal/agents",
    "AGENT_BACKEND_REDIS_URL": "redis://:hunter2-of-the-cache@cache.internal/0",
    "AGENT_BACKEND_CLICKHOUSE_URL": "clickhouse://user:hunter2-of-analytics@olap.internal/usage",
    "AGENT_BACKEND_SECRET_KEY": "hunter2-Vb8qZr1LkXw5TnYc0JdPfGsMeUoAiHtR",
}


@pytest.fixture
def manager() -> Callable[..., UnifiedConfigManager]:
    """Makes managers of variables that work, with some of them changed (None takes one away)."""

    def make(*, account: Any = None, **changes: str | None) -> UnifiedConfigManager:
        environ = WORKING | {f"AGENT_BACKEND_{name}": value for name, value in changes.items()}
        return UnifiedConfigManager(
            Sources({name: value for name, value in environ.items() if value is not None}, account=account)
        )

    return make
