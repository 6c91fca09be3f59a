"""The route of whoever runs the service: what its instances work on, who is connected, what answers, what failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from agent_backend.context import Permission
from agent_backend.storage import StoreHealth, StoreState, StoreUnavailable, ToldInstance, ask_stores
from agent_backend.web.instance_report import SHOWN, instance_report
from agent_backend.web.requests import caller, services
from agent_backend.web.services import Services


async def overview(request: Request) -> Response:
    """One look at all instances; without PostgreSQL, at the one that answers."""
    caller(request, Permission.OPERATE)
    made = services(request)
    instances = await _instances(made)
    body = {
        "instance": made.running.instance,
        "instances": [_summary(each) for each in instances],
        "sockets": _sum(each.report["sockets"] for each in instances),
        "stores": [_store(health) for health in await ask_stores(made.probes, made.clock)],
        "runs": {
            "active": sum(each.report["active"] for each in instances),
            "counts": _counts([each.report["counts"] for each in instances]),
            "latest": _listed(instances, "latest"),
        },
        "failures": _listed(instances, "failures"),
    }
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


async def _instances(made: Services) -> list[ToldInstance]:
    """This one as it is now, then the others as they told it last."""
    here = ToldInstance(made.running.instance, 0.0, instance_report(made.running, made.clock))
    try:
        told = await made.instances.told()
    except StoreUnavailable:
        told = []
    return [here, *(each for each in told if each.instance != here.instance)]


def _summary(told: ToldInstance) -> dict[str, object]:
    return {
        "instance": told.instance,
        "silent_seconds": round(told.silent_seconds, 1),
        "sockets": told.report["sockets"]["sockets"],
        "active": told.report["active"],
        "failures": len(told.report["failures"]),
    }


def _listed(instances: Sequence[ToldInstance], what: str) -> list[dict[str, object]]:
    """What the instances list, each entry with the instance that it comes from."""
    return [entry | {"instance": each.instance} for each in instances for entry in each.report[what]][:SHOWN]


def _sum(reports: Any) -> dict[str, float]:
    total: Counter[str] = Counter()
    for report in reports:
        total.update(report)
    return dict(total)


def _counts(reports: Sequence[dict[str, float]]) -> dict[str, float]:
    """How many ended how, and of the rates their mean."""
    total = _sum(reports)
    return total | {name: total[name] / len(reports) for name in ("success_rate", "mean_seconds")}


def _store(health: StoreHealth) -> dict[str, object]:
    return {
        "store": health.store,
        "state": health.state.value,
        "milliseconds": round(health.milliseconds, 1),
        "missing": None if health.state is StoreState.OK else health.degrades,
    }
