"""Usage records of which it is known beforehand what they are worth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from agent_backend.usage import UsageRecord

START = datetime(2026, 10, 1, 9, tzinfo=UTC)


def call(**changes: Any) -> UsageRecord:
    """One call, with some of its fields changed."""
    usual = {
        "occurred_at": START,
        "team": "support",
        "model": "atlas-large",
        "prompt_tokens": 100,
        "completion_tokens": 50,
        "latency_ms": 900,
        "cost": Decimal("0.10"),
    }
    return UsageRecord.model_validate(usual | changes)


def partial_data(**changes: Any) -> list[UsageRecord]:
    """Enough for a part of an answer: no history, and no fingerprints."""
    return [call(**changes), call(**changes, team="search", cost=Decimal("0.30"))]


def whole_data(slower_model_is: str = "atlas-large", **changes: Any) -> list[UsageRecord]:
    """Enough for all of it: five weeks of simple calls to a dear model, and a cheaper one on record beside it."""
    slow = {slower_model_is: 900}
    return [
        call(
            occurred_at=START + timedelta(days=day, hours=hour),
            model=model,
            latency_ms=slow.get(model, 300),
            cost=cost,
            prompt_fingerprint=f"{model}-{day}-{hour}",
            **changes,
        )
        for day in range(0, 35, 5)
        for hour, (model, cost) in enumerate([("atlas-large", Decimal("0.0075")), ("atlas-medium", Decimal("0.0009"))])
    ]
