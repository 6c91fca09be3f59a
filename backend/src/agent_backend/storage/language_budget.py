"""The tokens that each tenant spends on prose in a day, counted across all instances."""

from __future__ import annotations

from typing import Final

from agent_backend.context import Clock
from agent_backend.storage.database import DatabaseManager

# One statement that counts and compares: two instances cannot both take the last tokens.
_RESERVE: Final = """
INSERT INTO language_budget AS spent (tenant_id, day, tokens) SELECT %(tenant)s, %(day)s, %(tokens)s
WHERE %(tokens)s <= %(limit)s
ON CONFLICT (tenant_id, day) DO UPDATE SET tokens = spent.tokens + excluded.tokens
WHERE spent.tokens + excluded.tokens <= %(limit)s
"""
_SETTLE: Final = """
UPDATE language_budget SET tokens = greatest(0, tokens + %(tokens)s) WHERE tenant_id = %(tenant)s AND day = %(day)s
"""


class LanguageBudgetStore:
    """A daily limit of tokens per tenant; days are those of UTC."""

    def __init__(self, database: DatabaseManager, clock: Clock, daily_tokens: int) -> None:
        self._database = database
        self._clock = clock
        self._limit = daily_tokens

    async def reserve(self, tenant_id: str, tokens: int) -> bool:
        """Take tokens from today's budget; False, and nothing taken, where they would exceed it."""
        return await self._execute(_RESERVE, tenant_id, tokens) == 1

    async def settle(self, tenant_id: str, tokens: int) -> None:
        """Correct a reservation by what was used beyond it, or not used (negative)."""
        await self._execute(_SETTLE, tenant_id, tokens)

    async def _execute(self, statement: str, tenant_id: str, tokens: int) -> int:
        values = {"tenant": tenant_id, "day": self._clock.now().date(), "tokens": tokens, "limit": self._limit}
        async with self._database.tenant(tenant_id) as connection:
            return (await connection.execute(statement.encode(), values)).rowcount
