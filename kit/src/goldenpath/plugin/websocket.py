"""A simulated WebSocket manager for each scenario, as fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from goldenpath.websocket import MockWebSocketManager


def opened(scenario: str) -> Iterator[MockWebSocketManager]:
    """A manager for the scenario, closed after the test."""
    from goldenpath.websocket import MockWebSocketManager

    with MockWebSocketManager.create_for_scenario(scenario) as manager:
        yield manager


@pytest.fixture
def mock_websocket_manager() -> Iterator[MockWebSocketManager]:
    """A simulated WebSocket manager on which everything works."""
    yield from opened("basic")


@pytest.fixture
def mock_websocket_compliance() -> Iterator[MockWebSocketManager]:
    """One that refuses what breaks the contract."""
    yield from opened("compliance")


@pytest.fixture
def mock_websocket_performance() -> Iterator[MockWebSocketManager]:
    """One with nothing in the way of speed."""
    yield from opened("performance")


@pytest.fixture
def mock_websocket_resilience() -> Iterator[MockWebSocketManager]:
    """One that loses messages and falls apart."""
    yield from opened("resilience")


@pytest.fixture
def mock_websocket_concurrency() -> Iterator[MockWebSocketManager]:
    """One that threads may share."""
    yield from opened("concurrency")


@pytest.fixture
def mock_websocket_resource_limits() -> Iterator[MockWebSocketManager]:
    """One that is short of memory, connections and queues."""
    yield from opened("resource_limits")


@pytest.fixture
def mock_websocket_slow_network() -> Iterator[MockWebSocketManager]:
    """One that takes its time."""
    yield from opened("slow_network")


@pytest.fixture
def mock_websocket_auth() -> Iterator[MockWebSocketManager]:
    """One that refuses credentials now and then."""
    yield from opened("auth_testing")
