"""The tool that tells what a tenant's records hold."""

from __future__ import annotations

from typing import Any

from agent_backend.agents.dispatcher import required
from agent_backend.analysis import Intent, PriceTable, assess
from agent_backend.context import UserExecutionContext
from agent_backend.storage import UsageStore


class DataAvailability:
    """Holds the records against what a kind of question needs."""

    name = "data_availability"

    def __init__(self, usage: UsageStore, prices: PriceTable) -> None:
        self._usage = usage
        self._prices = prices

    def get_schema(self) -> dict[str, Any]:
        return required(intent=[intent.value for intent in Intent])

    async def execute(self, context: UserExecutionContext, **parameters: Any) -> dict[str, Any]:
        data = await self._usage.availability(context.tenant_id, self._prices)
        found = assess(data, Intent(parameters["intent"]))
        return {
            "calls": data.calls,
            "first": data.first.isoformat() if data.first else None,
            "last": data.last.isoformat() if data.last else None,
            "available": list(found.available),
            "missing": list(found.missing),
            "completeness": None if found.completeness is None else str(found.completeness),
            "sufficiency": found.sufficiency.value,
        }
