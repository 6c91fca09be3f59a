"""The agent that computes what could be saved, and chooses what reaches the goal."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from agent_backend.agents.agent import Agent, Answer, Assignment, Progress
from agent_backend.agents.dispatcher import ToolDispatcher
from agent_backend.agents.tools import UsageTotals
from agent_backend.analysis import Goal, Measure, Saving, make_plan
from agent_backend.context import UserExecutionContext


class Optimization(Agent):
    """Asks every measure's tool at the same time, then plans: the least risk first."""

    agent_type = "optimization"

    def get_capabilities(self) -> list[str]:
        return ["data_analysis", "cost_optimization"]

    async def execute(
        self, task: Assignment, context: UserExecutionContext, progress: Progress, tools: ToolDispatcher
    ) -> Answer:
        goal = Goal.from_json(task.inputs["goal"])
        await progress.thinking(f"I add up the spend and try {len(Measure)} ways to lower it.", progress=0.1)
        async with asyncio.TaskGroup() as group:
            adding = group.create_task(tools.call(UsageTotals.name, grouping=goal.grouping))
            trying = [group.create_task(tools.call(measure.value)) for measure in Measure]
        totals = adding.result()
        found = [Saving.from_json(row) for tried in trying for row in tried.result()["rows"]]
        await progress.thinking("I choose what reaches the goal, the least risky first.", progress=0.9)
        plan = make_plan(found, goal, Decimal(totals["cost"]))
        return {
            "totals": totals,
            "chosen": [saving.to_json() for saving in plan.chosen],
            "excluded": [saving.to_json() for saving in plan.excluded],
            "saving": str(plan.saving),
            "percent": str(plan.percent),
            "reached": plan.reached,
        }
