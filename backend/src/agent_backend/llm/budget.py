"""How many tokens a tenant may spend on prose in a day."""

from __future__ import annotations

from typing import Protocol


class LanguageBudget(Protocol):
    """Counts across all instances: a reservation is made before the model is asked, and corrected afterwards."""

    async def reserve(self, tenant_id: str, tokens: int) -> bool:
        """Take tokens from today's budget; False, and nothing taken, where they would exceed it."""

    async def settle(self, tenant_id: str, tokens: int) -> None:
        """Add what was used beyond the reservation, or give back (negative) what was not."""


class Unlimited:
    """No budget: for those who pay no bill for their model."""

    async def reserve(self, tenant_id: str, tokens: int) -> bool:
        return True

    async def settle(self, tenant_id: str, tokens: int) -> None:
        return
