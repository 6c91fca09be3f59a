"""Chooses the agents for a question, and their order."""

from __future__ import annotations

from agent_backend.agents import Agent
from agent_backend.context import UserExecutionContext
from agent_backend.execution import Deliver, UserExecutionEngine


class WorkflowOrchestrator:
    """A workflow of one step: the spend advisor answers everything."""

    def __init__(self, engine: UserExecutionEngine, advisor: Agent) -> None:
        self._engine = engine
        self._advisor = advisor

    async def run(self, task: str, context: UserExecutionContext, deliver: Deliver) -> None:
        """Carry the workflow through to its last event."""
        await self._engine.execute(self._advisor, task, context, deliver)
