"""What an agent is to the engine, and what the engine offers an agent while it works."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from agent_backend.agents.tools import ToolDispatcher
from agent_backend.context import UserExecutionContext

Answer = dict[str, Any]
"""What an agent returns: `text` for the reader, and the figures behind it as plain JSON values."""


class Progress(Protocol):
    """How an agent, or a tool on its behalf, lets the user watch."""

    async def thinking(self, reasoning: str, *, step: int, progress: float) -> None:
        """Tell what comes next; `progress` runs from 0 to 1."""

    async def tool_executing(self, tool_call_id: str, tool_name: str, parameters: Mapping[str, Any]) -> None:
        """Tell that a tool begins."""

    async def tool_completed(
        self, tool_call_id: str, tool_name: str, result: Any, *, duration_ms: int, ok: bool
    ) -> None:
        """Tell how a tool ended."""


class Agent(ABC):
    """Answers one task of one user; keeps nothing between runs."""

    agent_type: ClassVar[str]

    @abstractmethod
    def get_capabilities(self) -> list[str]:
        """What it can be asked for."""

    @abstractmethod
    async def execute(
        self, task: str, context: UserExecutionContext, progress: Progress, tools: ToolDispatcher
    ) -> Answer:
        """Work on the task and return the answer."""
