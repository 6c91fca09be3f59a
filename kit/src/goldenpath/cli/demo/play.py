"""The acts of the demo, one after the other."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from goldenpath.cli.demo import analytics
from goldenpath.cli.demo.backend import BackendApi
from goldenpath.cli.demo.isolation import try_isolation
from goldenpath.cli.demo.journey import Journey
from goldenpath.cli.demo.outcome import Outcome
from goldenpath.cli.demo.sins import confess
from goldenpath.cli.demo.stage import INSTANCES
from goldenpath.cli.demo.takeover import Takeover, take_over

if TYPE_CHECKING:
    from goldenpath.cli.demo.stage import Stage
    from goldenpath.cli.demo.usage import Tenant
    from goldenpath.cli.demo.view import View
    from goldenpath.tenancy import LeakReport


def perform(stage: Stage, tenants: list[Tenant], view: View, began: float) -> Outcome:
    """All acts; what each showed."""
    journeys = [Journey(tenant, BackendApi(stage.url(INSTANCES[0]))) for tenant in tenants]
    takeover, isolation = asyncio.run(_on_the_backend(stage, journeys, view))
    if analytics.installed():
        analytics.compare(journeys)
    view.note("a small suite with planted sins is audited")
    return Outcome(journeys, takeover, isolation, confess(), time.monotonic() - began)


async def _on_the_backend(stage: Stage, journeys: list[Journey], view: View) -> tuple[Takeover, LeakReport]:
    with view.live([journey.tenant.name for journey in journeys]):
        view.note(
            f"{len(journeys)} companies load {sum(each.tenant.records for each in journeys):,} model calls and ask"
        )
        async with asyncio.TaskGroup() as group:
            for journey in journeys:
                group.create_task(_first_act(journey, view))
        view.note("all ask once more; in the middle of it their instance is killed (-9)")
        takeover = await take_over(journeys, stage, INSTANCES, view.event)
        async with asyncio.TaskGroup() as group:
            for journey in journeys:
                group.create_task(journey.leave())
        for journey in journeys:
            await journey.alone([other for other in journeys if other is not journey])
    view.note("two tenants full of canaries try to see each other's data")
    return takeover, await try_isolation(stage, takeover.heir)


async def _first_act(journey: Journey, view: View) -> None:
    await journey.enter()
    await journey.ask_all(view.event)
