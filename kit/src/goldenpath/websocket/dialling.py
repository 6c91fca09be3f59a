"""Connecting over a bad network."""

from __future__ import annotations

import asyncio
from typing import Final

from goldenpath.simulation import Message
from goldenpath.websocket.faults import LOSS, PARTITION, TIMEOUT, cause
from goldenpath.websocket.lane import SERVER
from goldenpath.websocket.wire import Wire

CONNECT: Final = "connect"
RETRY_AFTER: Final = 0.01
"""Seconds between what was lost and the next attempt."""


async def dial(wire: Wire, user: str, tenant: str) -> str:
    """Try to reach the server; answer why it did not come about, or "" when it did."""
    request = Message(CONNECT, "to_server", user, SERVER, tenant)
    verdict = wire.network.verdict(request)
    for _ in range(wire.settings.retries):
        if cause(verdict) != LOSS:
            break
        wire.ledger.events["retries"] += 1
        await asyncio.sleep(RETRY_AFTER)
        verdict = wire.network.verdict(request)
    reason = cause(verdict)
    if PARTITION in verdict.faults:
        wire.fall_apart()
    if reason == TIMEOUT:
        await asyncio.sleep(wire.settings.timeout_ms / 1_000)
    elif verdict.delay and verdict.arrives:
        await asyncio.sleep(verdict.delay)
    return reason
