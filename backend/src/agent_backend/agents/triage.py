"""The agent that reads the question and looks whether the data can carry an answer."""

from __future__ import annotations

from agent_backend.agents.agent import Agent, Answer, Assignment, Progress
from agent_backend.agents.dispatcher import ToolDispatcher
from agent_backend.agents.tools import DataAvailability
from agent_backend.analysis import Goal, Intent, read_goal
from agent_backend.context import UserExecutionContext


class Triage(Agent):
    """Says what is asked and how far the data goes; nothing else is decided here."""

    agent_type = "triage"

    def get_capabilities(self) -> list[str]:
        return ["text_processing", "data_sufficiency"]

    async def execute(
        self, task: Assignment, context: UserExecutionContext, progress: Progress, tools: ToolDispatcher
    ) -> Answer:
        goal = read_goal(task.question)
        await progress.thinking(f"{_understood(goal)} I look at what the records hold.", progress=0.3)
        found = await tools.call(DataAvailability.name, intent=goal.intent.value)
        return {"goal": goal.to_json(), "data": found}


def _understood(goal: Goal) -> str:
    if goal.intent is Intent.SPEND:
        return f"You want to know where the money goes, by {goal.grouping}."
    target = f" by {goal.reduction.normalize():f} %" if goal.reduction is not None else ""
    limit = ", and nobody should wait longer" if goal.keep_latency else ""
    return f"You want to spend less{target}{limit}."
