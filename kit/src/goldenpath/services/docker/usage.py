"""What a container uses of memory and processors, and how often its limits held it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CACHE_NAMES = ("total_inactive_file", "inactive_file")
"""What the kernel could take back at once, as control groups of version 1 and 2 call it."""


@dataclass(frozen=True)
class Usage:
    """One measurement: bytes, and seconds since the container was started."""

    memory: int
    memory_limit: int | None
    cpu_seconds: float
    throttled: int
    """How many scheduling periods ended with the container being held back by its limit of processors."""
    processes: int

    @property
    def memory_share(self) -> float | None:
        """Which part of its memory limit is in use; None without a limit."""
        return self.memory / self.memory_limit if self.memory_limit else None


def read(stats: Mapping[str, Any], memory_limit: int) -> Usage:
    """The measurement in what the engine reports, given the limit that was set (0 for none)."""
    memory = stats.get("memory_stats") or {}
    details = memory.get("stats") or {}
    cache = next((details[name] for name in CACHE_NAMES if name in details), 0)
    processors = stats.get("cpu_stats") or {}
    return Usage(
        memory=max(0, memory.get("usage", 0) - cache),
        memory_limit=memory_limit or None,
        cpu_seconds=(processors.get("cpu_usage") or {}).get("total_usage", 0) / 1e9,
        throttled=(processors.get("throttling_data") or {}).get("throttled_periods", 0),
        processes=(stats.get("pids_stats") or {}).get("current", 0),
    )
