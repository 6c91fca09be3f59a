"""The agents and the tools they work with."""

from __future__ import annotations

from agent_backend.agents.agent import Agent, Answer, Assignment, Progress
from agent_backend.agents.registry import AgentRegistry, AgentSession, ForeignContext, Toolbox, UnknownAgent
from agent_backend.agents.spend_advisor import SpendAdvisor
from agent_backend.agents.tools import Tool, ToolDispatcher, ToolFailed, UnknownTool
from agent_backend.agents.usage_totals import UsageTotals

__all__ = [
    "Agent",
    "AgentRegistry",
    "AgentSession",
    "Answer",
    "Assignment",
    "ForeignContext",
    "Progress",
    "SpendAdvisor",
    "Tool",
    "ToolDispatcher",
    "ToolFailed",
    "Toolbox",
    "UnknownAgent",
    "UnknownTool",
    "UsageTotals",
]
