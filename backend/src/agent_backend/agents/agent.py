"""What an agent is to the engine, and what the engine offers an agent while it works."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from agent_backend.agents.dispatcher import ToolDispatcher
from agent_backend.context import UserExecutionContext

Answer = dict[str, Any]
"""What an agent returns, as plain JSON values; the last one of a run has a `text` for the reader beside its figures."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a step asks of its agent: the question of the user, and what the workflow hands over from earlier steps.

    Both are plain JSON values, because they are stored with the step: another instance may be the one to carry it out.
    """

    question: str
    inputs: Mapping[str, Any] = field(default_factory=dict)


class Progress(Protocol):
    """How an agent, or a tool on its behalf, lets the user watch; the engine adds which step of the run it is."""

    async def thinking(self, reasoning: str, *, progress: float = 0.0) -> None:
        """Tell what comes next; `progress` runs from 0 to 1 within this agent's step."""

    async def tool_executing(self, tool_call_id: str, tool_name: str, parameters: Mapping[str, Any]) -> None:
        """Tell that a tool begins."""

    async def tool_completed(
        self, tool_call_id: str, tool_name: str, result: Any, *, duration_ms: int, ok: bool
    ) -> None:
        """Tell how a tool ended."""


class Agent(ABC):
    """Carries out one step for one user; keeps nothing between steps, for the next may run in another process."""

    agent_type: ClassVar[str]

    @abstractmethod
    def get_capabilities(self) -> list[str]:
        """What it can be asked for."""

    @abstractmethod
    async def execute(
        self, task: Assignment, context: UserExecutionContext, progress: Progress, tools: ToolDispatcher
    ) -> Answer:
        """Work on the task and return the result; after a crash it is called again from its beginning."""
