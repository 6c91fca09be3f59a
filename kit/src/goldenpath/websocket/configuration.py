"""What a user asks of a manager."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Final

from goldenpath.contracts import GOLDEN_PATH, EventContract
from goldenpath.contracts.shapes import Record
from goldenpath.websocket.errors import ConfigurationError, nearest
from goldenpath.websocket.modes import MODES, MockBehaviorMode, Modes, modes_of
from goldenpath.websocket.scenarios import scenario_named
from goldenpath.websocket.settings import NAMES, Settings, combined

SWITCHES: Final = {
    "enable_metrics": True,
    "enforce_event_order": False,
    "validate_message_format": False,
    "strict_threading": False,
}
"""How each switch stands where neither the configuration nor its scenario says."""


@dataclass(frozen=True, kw_only=True)
class MockConfiguration:
    """How a `MockWebSocketManager` behaves; what is None stands as the modes and the scenario have it.

    What is given counts, whatever the modes and the scenario say.
    """

    scenario: str = "basic"
    mode: Modes | None = None
    latency_ms: float | None = None
    """Milliseconds that every message takes, 0 to 10,000."""
    jitter_ms: float | None = None
    """At most so much more, evenly spread."""
    packet_loss_rate: float | None = None
    """The share of messages lost on the way; each is sent again up to `retries` times."""
    retries: int | None = None
    failure_rate: float | None = None
    """The share of sends that fail outright."""
    timeout_probability: float | None = None
    """The share of sends and connections that fail only after `timeout_ms`."""
    timeout_ms: float | None = None
    bandwidth_limit: int | None = None
    """Bytes per second on each line."""
    memory_limit: int | None = None
    """Bytes of messages kept; beyond it, sends fail."""
    connection_limit: int | None = None
    """Connections at once; beyond it, connecting fails."""
    message_queue_size: int | None = None
    """Messages under way or held back on one line; beyond it, sends fail."""
    auth_failure_rate: float | None = None
    """The share of sends and connections that are answered by closing with 4401."""
    malformed_rate: float | None = None
    """The share of messages that arrive damaged."""
    race_rate: float | None = None
    """The share of messages that are overtaken, and of those that arrive twice."""
    partition_rate: float | None = None
    """The share of messages at which the network falls apart, for `partition_ms`."""
    partition_ms: float | None = None
    enable_metrics: bool | None = None
    enforce_event_order: bool | None = None
    """Refuse messages that the contract does not allow here."""
    validate_message_format: bool | None = None
    """Refuse messages that do not have the contract's form; without it, their form is not judged at all."""
    strict_threading: bool | None = None
    """Let several threads share the manager, under a lock; without it, another thread is refused."""
    seed: int = 0
    contract: EventContract | None = GOLDEN_PATH

    def __post_init__(self) -> None:
        for name in SWITCHES:
            if not isinstance(getattr(self, name), bool | None):
                raise ConfigurationError(f"{name} is true or false, got {getattr(self, name)!r}")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            raise ConfigurationError(f"seed is a whole number, got {self.seed!r}")
        if not isinstance(self.contract, EventContract | None):
            raise ConfigurationError(f"contract is an EventContract or None, got {self.contract!r}")
        if self.contract is None and (self.switch("enforce_event_order") or self.switch("validate_message_format")):
            raise ConfigurationError("enforce_event_order and validate_message_format need a contract, got None")
        _ = self.settings  # what cannot be is refused here, not where it is first needed

    @property
    def modes(self) -> frozenset[MockBehaviorMode]:
        """The modes in force."""
        return scenario_named(self.scenario).modes if self.mode is None else modes_of(self.mode)

    @cached_property
    def settings(self) -> Settings:
        """The numbers that come of it all."""
        scenario = scenario_named(self.scenario)
        parts = combined([scenario.settings, *(MODES[mode] for mode in sorted(self.modes))])
        given = {name: getattr(self, name) for name in NAMES if getattr(self, name) is not None}
        return Settings(**{**parts, **given})

    def switch(self, name: str) -> bool:
        """How a switch stands."""
        given: bool | None = getattr(self, name)
        return scenario_named(self.scenario).switches.get(name, SWITCHES[name]) if given is None else given

    @cached_property
    def judged(self) -> EventContract | None:
        """The contract that messages are held against: with the form of events, or for their order alone."""
        if self.contract is None or self.switch("validate_message_format"):
            return self.contract
        return replace(self.contract, events=dict.fromkeys(self.contract.events, Record()))


def configured(scenario: str, **overrides: Any) -> MockConfiguration:
    """The configuration of a scenario, with overrides that always apply."""
    known = [field.name for field in fields(MockConfiguration)]
    for name in overrides:
        if name not in known:
            raise ConfigurationError(f"a configuration has no {name!r}; {nearest(name, known)}")
    return MockConfiguration(**{"scenario": scenario, **overrides})
