"""The agent that tells a tenant where its money goes."""

from __future__ import annotations

import re
from decimal import Decimal

from agent_backend.agents.agent import Agent, Answer, Assignment, Progress
from agent_backend.agents.tools import ToolDispatcher
from agent_backend.agents.usage_totals import UsageTotals
from agent_backend.context import UserExecutionContext
from agent_backend.llm import LanguageLayer

_ABOUT_TEAMS = re.compile(r"\b(team|department|group)s?\b", re.IGNORECASE)


class SpendAdvisor(Agent):
    """Adds up the usage records by what the question is about, and words the result."""

    agent_type = "spend_advisor"

    def __init__(self, language: LanguageLayer) -> None:
        self._language = language

    def get_capabilities(self) -> list[str]:
        return ["text_processing", "data_analysis", "spend_totals"]

    async def execute(
        self, task: Assignment, context: UserExecutionContext, progress: Progress, tools: ToolDispatcher
    ) -> Answer:
        grouping = "team" if _ABOUT_TEAMS.search(task.question) else "model"
        await progress.thinking(f"I add up the usage records by {grouping}.", progress=0.5)
        totals = await tools.call(UsageTotals.name, grouping=grouping)
        costs = [(row["name"], Decimal(row["cost"])) for row in totals["rows"]]
        return {"text": await self._language.summarize_spend(grouping, costs), **totals}
