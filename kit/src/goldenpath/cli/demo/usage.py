"""The usage records that the demo's tenants bring: small enough to add up by eye."""

from __future__ import annotations

from typing import Any, Final

from goldenpath.cli.demo.journey import Tenant

DAY: Final = "2026-01-{day:02}T09:00:00Z"


def record(day: int, team: str, model: str, tokens: int, cost: str) -> dict[str, Any]:
    """One recorded call of a language model."""
    return {
        "occurred_at": DAY.format(day=day),
        "team": team,
        "model": model,
        "prompt_tokens": tokens,
        "completion_tokens": tokens // 4,
        "latency_ms": 900,
        "cost": cost,
    }


TENANTS: Final = (
    Tenant(
        "acme",
        (
            record(1, "support", "large-1", 40_000, "12.50"),
            record(2, "support", "large-1", 36_000, "11.25"),
            record(3, "search", "small-1", 90_000, "2.70"),
        ),
    ),
    Tenant(
        "globex",
        (
            record(1, "legal", "reason-2", 8_000, "31.00"),
            record(2, "legal", "small-2", 50_000, "1.50"),
        ),
    ),
)
