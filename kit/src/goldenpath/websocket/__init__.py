"""The one simulated WebSocket manager: its modes and scenarios, its flows, and what can be asserted of it."""

from __future__ import annotations

from goldenpath.websocket.assertions import WebSocketAssertions
from goldenpath.websocket.configuration import MockConfiguration
from goldenpath.websocket.errors import (
    ConfigurationError,
    EventOrderError,
    MessageFormatError,
    MessageRefusedError,
    MetricsDisabledError,
    WrongThreadError,
)
from goldenpath.websocket.flows import (
    Flow,
    Issue,
    simulate_agent_execution_flow,
    simulate_concurrent_agents,
    simulate_high_load,
    simulate_network_issues,
)
from goldenpath.websocket.legacy import LegacyMockWebSocketManager
from goldenpath.websocket.manager import MockWebSocketManager
from goldenpath.websocket.mocks import (
    create_auth_testing_mock,
    create_basic_mock,
    create_compliance_mock,
    create_concurrency_mock,
    create_performance_mock,
    create_resilience_mock,
    create_resource_limits_mock,
    create_slow_network_mock,
)
from goldenpath.websocket.modes import MODES, MockBehaviorMode
from goldenpath.websocket.scenarios import SCENARIOS, Scenario
from goldenpath.websocket.settings import Settings

__all__ = [
    "MODES",
    "SCENARIOS",
    "ConfigurationError",
    "EventOrderError",
    "Flow",
    "Issue",
    "LegacyMockWebSocketManager",
    "MessageFormatError",
    "MessageRefusedError",
    "MetricsDisabledError",
    "MockBehaviorMode",
    "MockConfiguration",
    "MockWebSocketManager",
    "Scenario",
    "Settings",
    "WebSocketAssertions",
    "WrongThreadError",
    "create_auth_testing_mock",
    "create_basic_mock",
    "create_compliance_mock",
    "create_concurrency_mock",
    "create_performance_mock",
    "create_resilience_mock",
    "create_resource_limits_mock",
    "create_slow_network_mock",
    "simulate_agent_execution_flow",
    "simulate_concurrent_agents",
    "simulate_high_load",
    "simulate_network_issues",
]
