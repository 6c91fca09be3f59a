"""The route of whoever runs the service: what this instance works on, who is connected, what answers, what failed."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent_backend.context import Permission
from agent_backend.execution import Execution, ExecutionState
from agent_backend.storage import StoreHealth, StoreState, ask_stores
from agent_backend.web.requests import caller, services

SHOWN: Final = 50


async def overview(request: Request) -> Response:
    """One look at this instance; of its tenants it tells ids and states, and nothing that they wrote or own."""
    caller(request, Permission.OPERATE)
    made = services(request)
    tracker, clock = made.running.tracker, made.clock
    active, ended = tracker.active(), tracker.history()[::-1]
    failures = [execution for execution in ended if execution.state is not ExecutionState.COMPLETED]
    latest = [_plain(execution, clock.monotonic()) for execution in [*active, *ended][:SHOWN]]
    body = {
        "instance": made.running.instance,
        "sockets": made.sockets.report(),
        "stores": [_store(health) for health in await ask_stores(made.probes, made.clock)],
        "runs": {"active": len(active), "counts": tracker.metrics(), "latest": latest},
        "failures": [_plain(execution, clock.monotonic()) for execution in failures[:SHOWN]],
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _store(health: StoreHealth) -> dict[str, object]:
    return {
        "store": health.store,
        "state": health.state.value,
        "milliseconds": round(health.milliseconds, 1),
        "missing": None if health.state is StoreState.OK else health.degrades,
    }


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
