"""The tools that tell what a measure would have saved: one per measure."""

from __future__ import annotations

from typing import Any

from agent_backend.agents.dispatcher import required
from agent_backend.analysis import Measure, PriceTable, savings, total
from agent_backend.context import UserExecutionContext
from agent_backend.storage import UsageMeasures, UsageStore


class MeasureSavings:
    """Finds the calls one measure applies to and computes the saving; the tool bears the measure's name."""

    def __init__(self, measure: Measure, measures: UsageMeasures, usage: UsageStore, prices: PriceTable) -> None:
        self.name = measure.value
        self._measure = measure
        self._measures = measures
        self._usage = usage
        self._prices = prices

    def get_schema(self) -> dict[str, Any]:
        return required()

    async def execute(self, context: UserExecutionContext, **parameters: Any) -> dict[str, Any]:
        groups = await self._measures.groups(context.tenant_id, self._measure)
        # Only routing to another model is judged by how fast the models are.
        compares = self._measure is Measure.CHEAPER_MODEL and groups
        latencies = await self._usage.latencies(context.tenant_id, self._prices) if compares else {}
        found = savings(self._measure, groups, self._prices, latencies)
        return {"rows": [saving.to_json() for saving in found], "saving": str(total(found))}
