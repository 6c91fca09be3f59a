"""Usage records of which it is known beforehand what they are worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from agent_backend.usage import UsageRecord

START: Final = datetime(2026, 10, 1, 9, tzinfo=UTC)
DAYS: Final = range(0, 35, 5)
COSTS: Final = {"atlas-large": Decimal("0.048"), "atlas-medium": Decimal("0.0054")}
"""What a simple call costs by the list prices; the cheaper model of the first is the second."""
SAVED: Final = Decimal("0.29")
"""What the dear calls of `whole_data` would have saved with the cheaper model, to the cent below."""


def call(model: str = "atlas-large", **changes: Any) -> UsageRecord:
    """One simple call, with some of its fields changed."""
    usual = {
        "occurred_at": START,
        "team": "support",
        "model": model,
        "prompt_tokens": 1000,
        "completion_tokens": 200,
        "latency_ms": 300,
        "cost": COSTS.get(model, Decimal("0.10")),
    }
    return UsageRecord.model_validate(usual | changes)


def partial_data(**changes: Any) -> list[UsageRecord]:
    """Enough for a part of an answer: no history, and no fingerprints."""
    return [call(**changes), call("atlas-medium", **changes)]


def whole_data(slow: str = "atlas-large", **changes: Any) -> list[UsageRecord]:
    """Enough for all of it: a month of calls to a dear model and its cheaper one; one of the two takes long."""
    return [
        call(
            model,
            occurred_at=START + timedelta(days=day),
            latency_ms=900 if model == slow else 300,
            prompt_fingerprint=f"{model} {day}",
            **changes,
        )
        for day in DAYS
        for model in COSTS
    ]
