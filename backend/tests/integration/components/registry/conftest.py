"""Registries of the real agents and of one that remembers what no agent should."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from agent_backend.agents import Agent, AgentRegistry, Answer, Assignment
from agent_backend.context import Kind, Principal, UserExecutionContext

from ..instances import Instance, instance, listener_only, new_clone, new_registry, start_instance
from ..logged_run import logged_run

FIXTURES = (instance, listener_only, logged_run, new_clone, new_registry, start_instance)
"""Those that all suites share."""

GOAL = {"intent": "spend", "grouping": "model", "reduction": None, "keep_latency": False}


class Notebook(Agent):
    """Adds up the spend of its user and, against the advice to agents, remembers every answer."""

    agent_type = "notebook"

    def __init__(self) -> None:
        self.pages: list[Answer] = []
        self.ballast = bytearray(20_000)

    def get_capabilities(self) -> list[str]:
        return ["memory"]

    async def execute(self, task: Assignment, context: UserExecutionContext, progress: Any, tools: Any) -> Answer:
        self.pages.append(await tools.call("usage_totals", grouping="model"))
        return {"pages": self.pages}


class Watch:
    """Takes down which tools were called, and how it went."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, bool]] = []

    async def tool_executing(self, tool_call_id: str, tool_name: str, parameters: Mapping[str, Any]) -> None:
        return

    async def tool_completed(
        self, tool_call_id: str, tool_name: str, result: Any, *, duration_ms: int, ok: bool
    ) -> None:
        self.calls.append((tool_name, ok))

    async def thinking(self, reasoning: str, *, progress: float = 0.0) -> None:
        return


@dataclass
class Office:
    """A registry on a running service."""

    instance: Instance
    registry: AgentRegistry
    notebook: type[Notebook] = Notebook
    watch: type[Watch] = Watch

    def context(self, owner: Principal, **changes: Any) -> UserExecutionContext:
        """A run of this user."""
        new = self.instance.services.ids.new
        fields = {"tenant_id": owner.tenant_id, "user_id": owner.user_id, "permissions": owner.permissions}
        fields |= {f"{kind.name.lower()}_id": new(kind) for kind in (Kind.THREAD, Kind.RUN, Kind.REQUEST)}
        return UserExecutionContext(**fields | changes)

    async def work(self, context: UserExecutionContext, agent: str = "notebook") -> Answer:
        """Have the agent of a run's user and thread do its step."""
        session, watch = self.registry.session(context.principal), Watch()
        worker = session.agent(agent, context.thread_id)
        return await worker.execute(
            Assignment("What do we spend?", {"goal": GOAL}), context, watch, session.tools(context, watch)
        )


@pytest.fixture
def office(listener_only: Instance, new_registry: Callable[[Instance], AgentRegistry]) -> Office:
    registry = new_registry(listener_only)
    registry.register(Notebook.agent_type, Notebook)
    return Office(listener_only, registry)
