"""Tools, agents and events as an operator sees them: the same work, with a span and a figure beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final

from agent_backend.agents import Agent, Answer, Assignment, Progress, Tool, ToolDispatcher
from agent_backend.context import Clock, Principal, UserExecutionContext
from agent_backend.events import Event, EventType
from agent_backend.llm import Facts, LanguageLayer, Prose, Told
from agent_backend.observability import Metrics, Tracing, correlated

PROVIDER: Final = "openai"
"""By the conventions, of whatever speaks the protocol of OpenAI."""


class ObservedTool:
    """A tool whose every call is a span and an observation."""

    def __init__(self, tool: Tool, tracing: Tracing, metrics: Metrics, clock: Clock) -> None:
        self.name = tool.name
        self._tool = tool
        self._tracing = tracing
        self._metrics = metrics
        self._clock = clock

    def get_schema(self) -> dict[str, Any]:
        return self._tool.get_schema()

    async def execute(self, context: UserExecutionContext, **parameters: Any) -> dict[str, Any]:
        began, ok = self._clock.monotonic(), False
        try:
            with self._tracing.tool(self.name, context.run_id):
                result = await self._tool.execute(context, **parameters)
            ok = True
            return result
        finally:
            self._metrics.tool_seconds.labels(self.name, str(ok).lower()).observe(self._clock.monotonic() - began)


class ObservedAgent(Agent):
    """An agent whose every step is a span, and whose lines in the log carry the ids of the run."""

    agent_type: ClassVar[str] = "observed"

    def __init__(self, agent: Agent, tracing: Tracing) -> None:
        self.agent_type = agent.agent_type  # type: ignore[misc]
        self._agent = agent
        self._tracing = tracing

    def get_capabilities(self) -> list[str]:
        return self._agent.get_capabilities()

    async def execute(
        self, task: Assignment, context: UserExecutionContext, progress: Progress, tools: ToolDispatcher
    ) -> Answer:
        ids = {"run_id": context.run_id, "request_id": context.request_id, "correlation_id": context.correlation_id}
        with correlated(**ids), self._tracing.agent(self.agent_type, context.run_id, context.thread_id):
            return await self._agent.execute(task, context, progress, tools)


class ObservedLanguage:
    """A model whose every request is a span."""

    def __init__(self, language: LanguageLayer, model: str, tracing: Tracing) -> None:
        self._language = language
        self._model = model
        self._tracing = tracing

    async def write(self, facts: Facts, tenant_id: str, told: Told) -> Prose:
        with self._tracing.chat(self._model, PROVIDER) as span:
            prose = await self._language.write(facts, tenant_id, told)
            span.set_attribute("agent_backend.prose.by_model", prose.by_model)
            return prose


def observed_tools(tools: Sequence[Tool], tracing: Tracing, metrics: Metrics, clock: Clock) -> list[Tool]:
    """All of them."""
    return [ObservedTool(tool, tracing, metrics, clock) for tool in tools]


def observed_agents(agents: Sequence[Agent], tracing: Tracing) -> list[Agent]:
    """All of them."""
    return [ObservedAgent(agent, tracing) for agent in agents]


_OUTCOMES = {EventType.AGENT_COMPLETED: "completed", EventType.AGENT_ERROR: "failed"}


def counted(metrics: Metrics, heard: Callable[[str, Event], None] | None) -> Callable[[Principal, Event], None]:
    """Counts every event that is committed here, and passes it on to the analytics."""

    def hear(principal: Principal, event: Event) -> None:
        metrics.events.labels(event.type.value).inc()
        duration = event.payload.get("duration_ms")
        if event.type in _OUTCOMES and isinstance(duration, int):
            metrics.run_seconds.labels(_OUTCOMES[event.type]).observe(duration / 1000)
        if heard is not None:
            heard(principal.tenant_id, event)

    return hear
