"""The agent that says which data is missing and how to collect it."""

from __future__ import annotations

from agent_backend.agents.agent import Agent, Answer, Assignment, Progress
from agent_backend.agents.dispatcher import ToolDispatcher
from agent_backend.analysis import how_to_get
from agent_backend.context import UserExecutionContext
from agent_backend.usage import HEADER


class DataHelper(Agent):
    """Turns every requirement that is not met into one thing to do."""

    agent_type = "data_helper"

    def get_capabilities(self) -> list[str]:
        return ["collection_guide"]

    async def execute(
        self, task: Assignment, context: UserExecutionContext, progress: Progress, tools: ToolDispatcher
    ) -> Answer:
        missing: list[str] = task.inputs["missing"]
        await progress.thinking(
            f"I write down how to get what is missing: {', '.join(missing) or 'nothing'}.", progress=0.5
        )
        return {"guide": [{"missing": name, "how": how_to_get(name)} for name in missing], "csv_header": HEADER}
