"""The assembly of the advisor: its agents, and the tools they work with."""

from __future__ import annotations

from collections.abc import Sequence

from agent_backend.agents import (
    Actions,
    Agent,
    DataAgent,
    DataAvailability,
    DataHelper,
    MeasureSavings,
    Optimization,
    Reporting,
    Tool,
    Triage,
    UsageTotals,
)
from agent_backend.analysis import LIST_PRICES, Measure, Policy
from agent_backend.llm import LanguageLayer
from agent_backend.storage import DatabaseManager, UsageMeasures, UsageStore


def agents(language: LanguageLayer, policy: Policy) -> Sequence[Agent]:
    """Every agent that a workflow may ask for."""
    return [Triage(), DataHelper(), DataAgent(), Optimization(), Actions(policy), Reporting(language)]


def tools(database: DatabaseManager, usage: UsageStore, policy: Policy) -> Sequence[Tool]:
    """Every tool that an agent may call."""
    measures = UsageMeasures(database, LIST_PRICES, policy)
    return [
        DataAvailability(usage, LIST_PRICES),
        UsageTotals(usage),
        *(MeasureSavings(measure, measures, usage, LIST_PRICES) for measure in Measure),
    ]
