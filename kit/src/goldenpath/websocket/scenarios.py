"""Ready-made configurations, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from goldenpath.websocket.errors import ConfigurationError, nearest
from goldenpath.websocket.modes import MockBehaviorMode as Mode


class Scenario(NamedTuple):
    """What a test sets out to show: the modes it starts from, the settings and switches it needs."""

    purpose: str
    modes: frozenset[Mode] = frozenset({Mode.NORMAL})
    settings: Mapping[str, Any] = {}
    switches: Mapping[str, bool] = {}


SCENARIOS: Final[Mapping[str, Scenario]] = {
    "basic": Scenario("everything works"),
    "compliance": Scenario(
        "every message has its form and its place",
        switches={"enforce_event_order": True, "validate_message_format": True},
    ),
    "performance": Scenario(
        "nothing is in the way of speed", settings={"message_queue_size": 100_000}, switches={"enable_metrics": True}
    ),
    "resilience": Scenario("messages are lost and the network falls apart", Mode.PACKET_LOSS | Mode.NETWORK_PARTITION),
    "concurrency": Scenario("many threads share the manager", switches={"strict_threading": True}),
    "resource_limits": Scenario(
        "memory, connections and queues are short",
        Mode.MEMORY_PRESSURE | Mode.CONNECTION_LIMIT,
        settings={"message_queue_size": 10},
    ),
    "slow_network": Scenario("everything takes its time", frozenset({Mode.SLOW_NETWORK})),
    "auth_testing": Scenario("credentials are refused, now and then", frozenset({Mode.AUTH_FAILURE})),
}


def scenario_named(name: str) -> Scenario:
    """The scenario with this name."""
    if name not in SCENARIOS:
        raise ConfigurationError(f"there is no scenario {name!r}; {nearest(str(name), SCENARIOS)}")
    return SCENARIOS[name]
