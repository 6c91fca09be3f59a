"""A manager for each scenario, by a name of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from goldenpath.websocket.manager import MockWebSocketManager


def maker(scenario: str) -> Callable[..., MockWebSocketManager]:
    """A function that makes managers for the scenario; it takes fields of the configuration."""

    def create(**overrides: Any) -> MockWebSocketManager:
        return MockWebSocketManager.create_for_scenario(scenario, **overrides)

    create.__name__ = create.__qualname__ = f"create_{scenario}_mock"
    create.__doc__ = f"A manager for the scenario {scenario!r}; takes fields of the configuration."
    return create


create_basic_mock = maker("basic")
create_compliance_mock = maker("compliance")
create_performance_mock = maker("performance")
create_resilience_mock = maker("resilience")
create_concurrency_mock = maker("concurrency")
create_resource_limits_mock = maker("resource_limits")
create_slow_network_mock = maker("slow_network")
create_auth_testing_mock = maker("auth_testing")
