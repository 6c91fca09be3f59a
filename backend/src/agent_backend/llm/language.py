"""The seam to a language model, and the deterministic wording that works without one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Protocol


class LanguageLayer(Protocol):
    """Writes prose around figures that are already final."""

    async def summarize_spend(self, grouping: str, costs: Sequence[tuple[str, Decimal]]) -> str:
        """What was spent, dearest first."""


class OfflineLanguage:
    """The same words for the same figures, with no model and no network."""

    async def summarize_spend(self, grouping: str, costs: Sequence[tuple[str, Decimal]]) -> str:
        if not costs:
            return "There are no usage records yet, so there is nothing to add up. Load some, then ask again."
        total = sum((cost for _, cost in costs), Decimal(0))
        name, dearest = costs[0]
        share = f" ({dearest / total:.0%})" if total else ""
        among = "one" if len(costs) == 1 else f"dearest of {len(costs)}"
        return f"You spent ${total:.2f} in all. By {grouping}, {name} is the {among}: ${dearest:.2f}{share}."
