from __future__ import annotations

from decimal import Decimal

import pytest

from agent_backend.llm import OfflineLanguage


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("costs", "text"),
    [
        ([], "There are no usage records yet, so there is nothing to add up. Load some, then ask again."),
        ([("large", "0")], "You spent $0.00 in all. By model, large is the one: $0.00."),
        ([("large", "2.5")], "You spent $2.50 in all. By model, large is the one: $2.50 (100%)."),
        (
            [("large", "3"), ("small", "1")],
            "You spent $4.00 in all. By model, large is the dearest of 2: $3.00 (75%).",
        ),
    ],
)
async def test_spend_is_worded_from_the_figures_alone(costs: list[tuple[str, str]], text: str) -> None:
    figures = [(name, Decimal(cost)) for name, cost in costs]
    assert await OfflineLanguage().summarize_spend("model", figures) == text
