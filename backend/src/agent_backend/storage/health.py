"""The health of each store, by its own protocol: what works, what does not, and what that takes from the service."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agent_backend.context import Clock
from agent_backend.storage.stores import StoreUnavailable

PATIENCE: Final = 2.0
"""Seconds that a store may take to answer."""


class StoreState(StrEnum):
    """What a store does."""

    OK = "ok"
    UNAVAILABLE = "unavailable"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Probe:
    """How to ask one store, and what the service lacks without it."""

    store: str
    ping: Callable[[], Awaitable[None]] | None
    without: str
    required: bool


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """What one store answered, and how fast."""

    store: str
    state: StoreState
    required: bool
    milliseconds: float
    degrades: str | None
    reason: str | None
    """For the log and the operator; it may name hosts."""

    @property
    def stops_the_service(self) -> bool:
        return self.required and self.state is not StoreState.OK


async def ask_stores(probes: Sequence[Probe], clock: Clock) -> list[StoreHealth]:
    """Ask all of them at once."""
    return list(await asyncio.gather(*(_ask(probe, clock) for probe in probes)))


async def _ask(probe: Probe, clock: Clock) -> StoreHealth:
    if probe.ping is None:
        return StoreHealth(probe.store, StoreState.OFF, probe.required, 0.0, probe.without, "not configured")
    began, reason = clock.monotonic(), None
    try:
        async with asyncio.timeout(PATIENCE):
            await probe.ping()
    except StoreUnavailable as error:
        reason = str(error)
    except TimeoutError:
        reason = f"{probe.store}: no answer within {PATIENCE:.0f} s"
    state = StoreState.OK if reason is None else StoreState.UNAVAILABLE
    spent = (clock.monotonic() - began) * 1000
    return StoreHealth(probe.store, state, probe.required, spent, None if reason is None else probe.without, reason)
