"""Until the engine carries out steps by itself: the workflow inside of one agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent_backend.agents import Agent, Answer, Assignment, Progress, ToolDispatcher
from agent_backend.context import UserExecutionContext
from agent_backend.execution import Deliver, UserExecutionEngine
from agent_backend.execution.steps import StepFailed
from agent_backend.workflow import WorkflowOrchestrator


class _Steps:
    def __init__(self, agents: Mapping[str, Agent], question: str, context: Any, progress: Any, tools: Any) -> None:
        self._agents, self._question, self._context = agents, question, context
        self._progress, self._tools = progress, tools

    async def run(self, name: str, agent: str, inputs: Mapping[str, Any] | None = None) -> Answer:
        task = Assignment(self._question, inputs or {})
        try:
            return await self._agents[agent].execute(task, self._context, self._progress, self._tools)
        except Exception as error:
            raise StepFailed(name, "agent_failed") from error

    async def thinking(self, reasoning: str, *, progress: float = 0.0) -> None:
        await self._progress.thinking(reasoning, progress=progress)


class Supervised(Agent):
    agent_type = "supervisor"

    def __init__(self, agents: Sequence[Agent], engine: UserExecutionEngine) -> None:
        self._agents = {agent.agent_type: agent for agent in agents}
        self._engine = engine

    def get_capabilities(self) -> list[str]:
        return []

    async def execute(
        self, task: Assignment, context: UserExecutionContext, progress: Progress, tools: ToolDispatcher
    ) -> Answer:
        steps = _Steps(self._agents, task.question, context, progress, tools)
        return await WorkflowOrchestrator().run(task.question, context, steps)

    async def run(self, task: str, context: UserExecutionContext, deliver: Deliver) -> None:
        await self._engine.execute(self, task, context, deliver)
