"""The ways in which a connection misbehaves, as data: each mode is a set of numbers for the settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final

from goldenpath.websocket.errors import ConfigurationError, nearest


class MockBehaviorMode(StrEnum):
    """What goes wrong; modes combine with `|`, or in a list."""

    NORMAL = "normal"
    NETWORK_PARTITION = "network_partition"
    SLOW_NETWORK = "slow_network"
    PACKET_LOSS = "packet_loss"
    MEMORY_PRESSURE = "memory_pressure"
    CONNECTION_LIMIT = "connection_limit"
    MALFORMED_DATA = "malformed_data"
    TIMEOUT_PRONE = "timeout_prone"
    AUTH_FAILURE = "auth_failure"
    RACE_CONDITIONS = "race_conditions"

    def __or__(self, other: Modes) -> frozenset[MockBehaviorMode]:
        return frozenset({self}) | modes_of(other)

    __ror__ = __or__


Modes = MockBehaviorMode | str | Iterable[MockBehaviorMode | str]
"""A mode, its name, or several of either."""

MODES: Final[Mapping[MockBehaviorMode, Mapping[str, Any]]] = {
    MockBehaviorMode.NORMAL: {},
    MockBehaviorMode.NETWORK_PARTITION: {"partition_rate": 0.1, "partition_ms": 2_000.0},
    MockBehaviorMode.SLOW_NETWORK: {"latency_ms": 400.0, "jitter_ms": 400.0, "bandwidth_limit": 16_000},
    MockBehaviorMode.PACKET_LOSS: {"packet_loss_rate": 0.3, "retries": 1},
    MockBehaviorMode.MEMORY_PRESSURE: {"memory_limit": 4_096},
    MockBehaviorMode.CONNECTION_LIMIT: {"connection_limit": 3},
    MockBehaviorMode.MALFORMED_DATA: {"malformed_rate": 0.2},
    MockBehaviorMode.TIMEOUT_PRONE: {"timeout_probability": 0.2, "timeout_ms": 1_000.0},
    MockBehaviorMode.AUTH_FAILURE: {"auth_failure_rate": 0.2},
    MockBehaviorMode.RACE_CONDITIONS: {"race_rate": 0.3},
}


def modes_of(given: Modes) -> frozenset[MockBehaviorMode]:
    """The modes meant; normal is the mode of having no other."""
    named = [given] if isinstance(given, str) else list(given)
    modes = frozenset(mode_named(name) for name in named)
    return modes - {MockBehaviorMode.NORMAL} or frozenset({MockBehaviorMode.NORMAL})


def mode_named(name: MockBehaviorMode | str) -> MockBehaviorMode:
    """The mode with this name."""
    try:
        return MockBehaviorMode(name)
    except ValueError:
        raise ConfigurationError(f"there is no mode {name!r}; {nearest(str(name), MockBehaviorMode)}") from None
