"""The way through the agents follows from what they find."""

from __future__ import annotations

import pytest

from ..assembly import Assemble, Assembly
from ..records import partial_data, whole_data
from .journeys import CAREFUL, GOAL, steps

pytestmark = pytest.mark.asyncio


async def test_the_workflow_adapts_to_the_results_of_triage_within_one_thread(service: Assembly) -> None:
    ada = await service.user()
    before = await ada.answered(f"{GOAL}, please")
    await ada.spend(whole_data())
    after = await ada.answered(f"{GOAL} now", before["thread_id"])
    assert list(await steps(service, before["run_id"])) == ["triage", "data_helper", "reporting"]
    assert list(await steps(service, after["run_id"])) == ["triage", "optimization", "actions", "reporting"]
    assert after["thread_id"] == before["thread_id"]


async def test_every_sufficiency_branches_into_its_own_route(service: Assembly) -> None:
    routes = {}
    for records in ([], partial_data(), whole_data()):
        user = await service.user()
        await user.spend(records)
        end = await user.answered(GOAL)
        routes[end["payload"]["result"]["sufficiency"]] = list(await steps(service, end["run_id"]))
    await service.execute("ALTER TABLE usage_records RENAME COLUMN latency_ms TO elsewhere")
    end = await user.answered(f"{GOAL}, again")
    routes[end["payload"]["result"]["sufficiency"]] = list(await steps(service, end["run_id"]))
    assert routes == {
        "insufficient": ["triage", "data_helper", "reporting"],
        "partial": ["triage", "data_helper", "data", "reporting"],
        "sufficient": ["triage", "optimization", "actions", "reporting"],
        "unknown": ["triage", "data_helper", "reporting"],
    }


async def test_the_plan_adapts_to_the_measured_performance_of_the_models(service: Assembly) -> None:
    verdicts = {}
    for slow in ("atlas-large", "atlas-medium"):
        user = await service.user()
        await user.spend(whole_data(slow=slow))
        end = await user.answered(CAREFUL)
        result = (await steps(service, end["run_id"]))["optimization"].result
        assert result is not None
        verdicts[slow] = (
            [(saving["measure"], saving["model"]) for saving in result["chosen"]],
            [saving["model"] for saving in result["excluded"]],
            result["reached"],
        )
    assert verdicts == {
        "atlas-large": ([("cheaper_model", "atlas-large")], ["atlas-medium"], True),
        "atlas-medium": ([], ["atlas-large", "atlas-medium"], False),
    }


async def test_the_workflow_adapts_to_its_resources_and_is_whole_over_one_connection(assemble: Assemble) -> None:
    async with assemble(DATABASE_POOL_SIZE="1") as service:
        ada = await service.user()
        await ada.spend(whole_data())
        end = await ada.answered(GOAL)
        pool = service.services.database.statistics()
    assert (end["type"], end["payload"]["result"]["caveats"]) == ("agent_completed", [])
    assert (pool.largest, pool.size, pool.requests_refused) == (1, 1, 0)
    assert pool.requests_that_waited >= 1
