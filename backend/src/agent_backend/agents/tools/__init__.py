"""The tools: one per noun, each real SQL within the caller's tenant."""

from __future__ import annotations

from agent_backend.agents.tools.data_availability import DataAvailability
from agent_backend.agents.tools.measure_savings import MeasureSavings
from agent_backend.agents.tools.usage_totals import UsageTotals

__all__ = ["DataAvailability", "MeasureSavings", "UsageTotals"]
