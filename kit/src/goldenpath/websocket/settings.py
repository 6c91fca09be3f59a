"""The numbers that a manager works by, and how those of several modes become one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from goldenpath.websocket.errors import ConfigurationError

UNLIMITED: Final = 1 << 53
"""A limit that nothing reaches."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How well the simulated connections work; as they stand here, perfectly."""

    latency_ms: float = 0.0
    jitter_ms: float = 0.0
    packet_loss_rate: float = 0.0
    retries: int = 3
    failure_rate: float = 0.0
    timeout_probability: float = 0.0
    timeout_ms: float = 5_000.0
    bandwidth_limit: int = UNLIMITED
    memory_limit: int = UNLIMITED
    connection_limit: int = UNLIMITED
    message_queue_size: int = 1_000
    auth_failure_rate: float = 0.0
    malformed_rate: float = 0.0
    race_rate: float = 0.0
    partition_rate: float = 0.0
    partition_ms: float = 1_000.0

    def __post_init__(self) -> None:
        for name in NAMES:
            check(name, getattr(self, name))


NAMES: Final = tuple(field.name for field in fields(Settings))
RATES: Final = tuple(name for name in NAMES if name.endswith(("_rate", "_probability")))
LIMITS: Final = ("bandwidth_limit", "memory_limit", "connection_limit", "message_queue_size")
BOUNDS: Final[Mapping[str, tuple[float, float]]] = {
    **dict.fromkeys(RATES, (0.0, 1.0)),
    **dict.fromkeys(LIMITS, (1, UNLIMITED)),
    "latency_ms": (0.0, 10_000.0),
    "jitter_ms": (0.0, 10_000.0),
    "timeout_ms": (0.0, 600_000.0),
    "partition_ms": (0.0, 600_000.0),
    "retries": (0, 100),
}
WHOLE: Final = frozenset({*LIMITS, "retries"})
WORSE: Final[Mapping[str, Callable[..., Any]]] = {name: min if name in (*LIMITS, "retries") else max for name in NAMES}
"""Of two modes that set the same number, the worse one counts."""


def check(name: str, value: Any) -> None:
    """Refuse a value that the setting cannot have."""
    low, high = BOUNDS[name]
    kinds = (int,) if name in WHOLE else (int, float)
    if isinstance(value, bool) or not isinstance(value, kinds) or not low <= value <= high:
        number = "a whole number" if name in WHOLE else "a number"
        raise ConfigurationError(f"{name} is {number} from {low:g} to {high:g}, got {value!r}")


def combined(parts: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The settings of all parts together."""
    together: dict[str, Any] = {}
    for part in parts:
        for name, value in part.items():
            together[name] = WORSE[name](together[name], value) if name in together else value
    return together
