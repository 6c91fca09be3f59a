"""The agent that gathers what partial data can still tell."""

from __future__ import annotations

from agent_backend.agents.agent import Agent, Answer, Assignment, Progress
from agent_backend.agents.dispatcher import ToolDispatcher
from agent_backend.agents.tools import UsageTotals
from agent_backend.analysis import Goal
from agent_backend.context import UserExecutionContext


class DataAgent(Agent):
    """Adds the records up by what the question is about."""

    agent_type = "data"

    def get_capabilities(self) -> list[str]:
        return ["data_analysis", "spend_totals"]

    async def execute(
        self, task: Assignment, context: UserExecutionContext, progress: Progress, tools: ToolDispatcher
    ) -> Answer:
        goal = Goal.from_json(task.inputs["goal"])
        await progress.thinking(f"I add up the usage records by {goal.grouping}.", progress=0.5)
        return {"totals": await tools.call(UsageTotals.name, grouping=goal.grouping)}
