"""A chat as the tracker sees it."""

from __future__ import annotations

import pytest

from agent_backend.execution import ExecutionState, Phase

from ..assembly import Assembly
from ..records import whole_data

pytestmark = pytest.mark.asyncio


async def test_the_chat_journey_is_tracked_from_the_question_to_the_answer(service: Assembly) -> None:
    ada = await service.user()
    await ada.spend(whole_data())
    async with service.agents_held():
        await ada.ask("Cut our cost by 20 %")
        run_id = await ada.begun("Cut our cost by 20 %")
        await ada.told(lambda event: event["type"] == "tool_executing")
        [execution] = service.tracker.active(ada.principal)
        assert (execution.state, execution.phase) == (ExecutionState.RUNNING, Phase.TOOL_EXECUTION)
        assert (execution.context.run_id, execution.agent_name) == (run_id, "supervisor")
    end = await ada.ended(run_id)
    assert end["type"] == "agent_completed", end
    done = service.tracker.get(execution.id)
    assert (done.state, done.phase) == (ExecutionState.COMPLETED, Phase.COMPLETED)
