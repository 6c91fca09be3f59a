"""Fixtures for the simulated WebSocket manager: one per scenario, reset and closed after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from goldenpath.websocket import MockWebSocketManager

SCENARIOS: Final = {
    "mock_websocket_manager": "basic",
    "mock_websocket_compliance": "compliance",
    "mock_websocket_performance": "performance",
    "mock_websocket_resilience": "resilience",
    "mock_websocket_concurrency": "concurrency",
    "mock_websocket_resource_limits": "resource_limits",
    "mock_websocket_slow_network": "slow_network",
    "mock_websocket_auth": "auth_testing",
}
"""The fixtures, and the scenario that each one gives."""


def _fixture(name: str, scenario: str) -> Callable[..., Any]:
    def manager() -> Iterator[MockWebSocketManager]:
        from goldenpath.websocket import MockWebSocketManager

        with MockWebSocketManager.create_for_scenario(scenario) as manager:
            yield manager

    manager.__doc__ = f"A simulated WebSocket manager for the scenario {scenario}."
    return pytest.fixture(name=name)(manager)


for _name, _scenario in SCENARIOS.items():
    globals()[_name] = _fixture(_name, _scenario)
