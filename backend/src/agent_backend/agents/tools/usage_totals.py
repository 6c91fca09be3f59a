"""The tool that adds up a tenant's usage records."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal
from typing import Any, Final

from agent_backend.agents.dispatcher import required
from agent_backend.context import UserExecutionContext
from agent_backend.storage import UsageStore

GROUPINGS: Final = ("model", "team")


class UsageTotals:
    """Sums calls, tokens and cost by model or by team; money stays exact, as text."""

    name = "usage_totals"

    def __init__(self, usage: UsageStore) -> None:
        self._usage = usage

    def get_schema(self) -> dict[str, Any]:
        return required(grouping=list(GROUPINGS))

    async def execute(self, context: UserExecutionContext, **parameters: Any) -> dict[str, Any]:
        grouping = parameters["grouping"]
        if grouping not in GROUPINGS:
            raise ValueError(f"cannot group by {grouping!r}; choose one of {', '.join(GROUPINGS)}")
        totals = await self._usage.totals(context.tenant_id, grouping)
        return {
            "grouping": grouping,
            "rows": [asdict(total) | {"cost": str(total.cost)} for total in totals],
            "calls": sum(total.calls for total in totals),
            "cost": str(sum((total.cost for total in totals), Decimal(0))),
        }
