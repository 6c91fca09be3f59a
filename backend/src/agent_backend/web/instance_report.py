"""What one instance tells of itself: how many sockets it holds, what it works on, what failed here.

Of its tenants it tells ids and states, and nothing that they wrote or own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from agent_backend.context import Clock, wanted
from agent_backend.execution import Execution, ExecutionState
from agent_backend.storage import InstanceStore, StoreUnavailable
from agent_backend.web.running import Running

SHOWN: Final = 50
"""How many runs and failures are told, the latest first."""
EVERY: Final = 2.0
"""Seconds between two reports for the other instances."""

logger = logging.getLogger(__name__)


def instance_report(running: Running, clock: Clock) -> dict[str, Any]:
    """This instance as it is now."""
    tracker, now = running.tracker, clock.monotonic()
    active, ended = tracker.active(), tracker.history()[::-1]
    failures = [execution for execution in ended if execution.state is not ExecutionState.COMPLETED]
    return {
        "sockets": running.sockets.report(),
        "active": len(active),
        "counts": tracker.metrics(),
        "latest": [_plain(execution, now) for execution in [*active, *ended][:SHOWN]],
        "failures": [_plain(execution, now) for execution in failures[:SHOWN]],
    }


@asynccontextmanager
async def reporting(store: InstanceStore, running: Running, clock: Clock) -> AsyncIterator[None]:
    """Tell the other instances again and again; on leaving, have them forget this one."""

    async def report() -> None:
        while wanted():
            try:
                await store.tell(running.instance, instance_report(running, clock))
            except StoreUnavailable as error:
                logger.warning("the other instances could not be told: %s", error)
            await asyncio.sleep(EVERY)

    telling = asyncio.create_task(report())
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.wait([telling])
        try:
            await store.forget(running.instance)
        except StoreUnavailable as error:
            logger.warning("the other instances were not told of the end: %s", error)


def _plain(execution: Execution, now: float) -> dict[str, object]:
    until = now if execution.ended is None else execution.ended
    return {
        "run": execution.context.run_id,
        "tenant": execution.context.tenant_id,
        "state": execution.state.value,
        "phase": execution.phase.value,
        "seconds": round(until - execution.began, 1),
        "error": execution.error,
    }
