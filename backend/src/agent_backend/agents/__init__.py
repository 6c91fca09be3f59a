"""The agents, the tools they work with, and the one way to call a tool."""

from __future__ import annotations

from agent_backend.agents.actions import Actions
from agent_backend.agents.agent import Agent, Answer, Assignment, Progress
from agent_backend.agents.data import DataAgent
from agent_backend.agents.data_helper import DataHelper
from agent_backend.agents.dispatcher import Tool, ToolDispatcher, ToolFailed, UnknownTool
from agent_backend.agents.optimization import Optimization
from agent_backend.agents.registry import AgentRegistry, AgentSession, ForeignContext, Toolbox, UnknownAgent
from agent_backend.agents.reporting import Reporting
from agent_backend.agents.tools import DataAvailability, MeasureSavings, UsageTotals
from agent_backend.agents.triage import Triage

__all__ = [
    "Actions",
    "Agent",
    "AgentRegistry",
    "AgentSession",
    "Answer",
    "Assignment",
    "ForeignContext",
    "DataAgent",
    "DataAvailability",
    "DataHelper",
    "MeasureSavings",
    "Optimization",
    "Progress",
    "Reporting",
    "Tool",
    "ToolDispatcher",
    "ToolFailed",
    "Toolbox",
    "UnknownAgent",
    "Triage",
    "UnknownTool",
    "UsageTotals",
]
