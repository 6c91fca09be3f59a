"""The agent that turns chosen savings into things to do."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

from agent_backend.agents.agent import Agent, Answer, Assignment, Progress
from agent_backend.agents.dispatcher import ToolDispatcher
from agent_backend.analysis import DESCRIPTIONS, Measure, Policy, Saving, total
from agent_backend.context import UserExecutionContext


class Actions(Agent):
    """One action per measure, the greatest saving first, each with its steps and whom it concerns."""

    agent_type = "actions"

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def get_capabilities(self) -> list[str]:
        return ["action_planning"]

    async def execute(
        self, task: Assignment, context: UserExecutionContext, progress: Progress, tools: ToolDispatcher
    ) -> Answer:
        chosen = [Saving.from_json(row) for row in task.inputs["chosen"]]
        await progress.thinking("I turn the savings into steps.", progress=0.5)
        actions = [
            self._action(measure, own)
            for measure in Measure
            if (own := [saving for saving in chosen if saving.measure is measure])
        ]
        return {"actions": sorted(actions, key=lambda action: Decimal(str(action["saving"])), reverse=True)}

    def _action(self, measure: Measure, own: list[Saving]) -> dict[str, object]:
        described = DESCRIPTIONS[measure]
        return {
            "measure": measure.value,
            "title": described.title,
            "rule": described.rule.format(**asdict(self._policy)),
            "steps": list(described.steps),
            "teams": sorted({saving.team for saving in own}),
            "saving": str(total(own)),
        }
