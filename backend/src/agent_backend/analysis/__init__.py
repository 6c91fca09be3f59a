"""The arithmetic of the advice: pure functions on exact decimals, no store, no clock, no model."""

from __future__ import annotations

from agent_backend.analysis.goal import Goal, Intent, read_goal
from agent_backend.analysis.measures import DESCRIPTIONS, Measure, Policy, Risk
from agent_backend.analysis.money import cents, cents_down, dollars, share
from agent_backend.analysis.plan import Plan, make_plan
from agent_backend.analysis.price_file import PriceFileError, read_prices
from agent_backend.analysis.prices import LIST_PRICES, Price, PriceTable
from agent_backend.analysis.savings import CallGroup, Saving, savings, total
from agent_backend.analysis.sufficiency import (
    Assessment,
    Availability,
    Sufficiency,
    assess,
    completeness,
    grade,
    how_to_get,
)

__all__ = [
    "DESCRIPTIONS",
    "LIST_PRICES",
    "Assessment",
    "Availability",
    "CallGroup",
    "Goal",
    "Intent",
    "Measure",
    "Plan",
    "Policy",
    "Price",
    "PriceFileError",
    "PriceTable",
    "Risk",
    "Saving",
    "Sufficiency",
    "assess",
    "cents",
    "cents_down",
    "completeness",
    "dollars",
    "grade",
    "how_to_get",
    "make_plan",
    "read_goal",
    "read_prices",
    "savings",
    "share",
    "total",
]
