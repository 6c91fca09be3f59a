"""Which calls a measure applies to: every call is counted for the first measure that fits it, or for none."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from psycopg.rows import class_row

from agent_backend.analysis import CallGroup, Measure, Policy, PriceTable
from agent_backend.storage.database import DatabaseManager

# A call answered by the cache is cheap already and is left alone. A retry is hopeless when the same prompt had just
# failed; a repeat follows an answer of the same day. What is left is compared with the other calls of its team and
# model: by the length of its answer, then by the company it keeps within its hour, then by its size.
_GROUPS: Final = """
WITH calls AS (
    SELECT id, occurred_at, team, model, prompt_fingerprint, prompt_tokens, completion_tokens, cost,
           error IS NOT NULL AS failed,
           (occurred_at AT TIME ZONE 'UTC')::date AS day, count(*) OVER (PARTITION BY team, model) AS of_calls
    FROM usage_records WHERE NOT cache_hit
), told_apart AS (
    SELECT id,
           failed AND lag(failed) OVER prompt
               AND occurred_at - lag(occurred_at) OVER prompt <= %(retry_window)s AS hopeless,
           NOT failed AND row_number() OVER answers > 1 AS repeated,
           NOT failed AND completion_tokens <> first_value(completion_tokens) OVER answers AS unstable
    FROM calls WHERE prompt_fingerprint IS NOT NULL
    WINDOW prompt AS (PARTITION BY team, model, prompt_fingerprint ORDER BY occurred_at, id),
           answers AS (PARTITION BY team, model, prompt_fingerprint, day, failed ORDER BY occurred_at, id)
), kept AS (
    SELECT calls.*, coalesce(hopeless, false) AS hopeless, coalesce(repeated, false) AS repeated,
           coalesce(unstable, false) AS unstable
    FROM calls LEFT JOIN told_apart USING (id)
), caps AS (
    SELECT team, model,
           %(cap_factor)s * percentile_disc(0.5) WITHIN GROUP (ORDER BY completion_tokens) AS cap
    FROM kept WHERE NOT failed AND NOT repeated GROUP BY team, model
), measured AS (
    SELECT kept.*, cap, CASE
        WHEN hopeless THEN 'retry_waste'
        WHEN failed THEN NULL
        WHEN repeated THEN 'prompt_cache'
        WHEN completion_tokens > cap THEN 'output_cap'
        WHEN model = ANY(%(with_batches)s) AND count(*) FILTER (WHERE NOT failed AND NOT repeated) OVER (
            PARTITION BY team, model, date_trunc('hour', occurred_at, 'UTC')) >= %(bulk_calls)s THEN 'batching'
        WHEN model = ANY(%(with_cheaper)s) AND prompt_tokens <= %(simple_prompt)s
            AND completion_tokens <= %(simple_completion)s THEN 'cheaper_model'
    END AS measure
    FROM kept LEFT JOIN caps USING (team, model)
)
SELECT team, model, count(*) AS calls, max(of_calls) AS of_calls, sum(prompt_tokens)::bigint AS prompt_tokens,
       sum(completion_tokens)::bigint AS completion_tokens, sum(cost) AS cost,
       count(*) FILTER (WHERE unstable) AS unstable_calls,
       coalesce(sum(completion_tokens - cap) FILTER (WHERE completion_tokens > cap), 0)::bigint AS beyond_cap,
       coalesce(max(cap), 0)::bigint AS cap
FROM measured WHERE measure = %(measure)s GROUP BY team, model
ORDER BY sum(cost) DESC, team, model LIMIT %(most)s
"""
DEAREST: Final = 200
"""So many pairs of team and model are looked at, the dearest: a saving may be missed that way, never overstated."""


class UsageMeasures:
    """Finds the calls that a measure applies to, within one tenant."""

    def __init__(self, database: DatabaseManager, prices: PriceTable, policy: Policy) -> None:
        self._database = database
        self._prices = prices
        self._policy = policy

    async def groups(self, tenant_id: str, measure: Measure) -> list[CallGroup]:
        """The calls that count for this measure, by team and model."""
        parameters = {
            "measure": measure.value,
            "most": DEAREST,
            "retry_window": timedelta(seconds=self._policy.retry_window_seconds),
            "cap_factor": self._policy.cap_factor,
            "bulk_calls": self._policy.bulk_calls_per_hour,
            "simple_prompt": self._policy.simple_prompt_tokens,
            "simple_completion": self._policy.simple_completion_tokens,
            "with_batches": self._prices.with_batches(),
            "with_cheaper": self._prices.with_cheaper(),
        }
        async with self._database.tenant(tenant_id) as connection:
            # Right after an import there are no statistics, and the planner would loop over all calls for each of them.
            await connection.execute("SET LOCAL enable_nestloop = off")
            cursor = connection.cursor(row_factory=class_row(CallGroup))
            await cursor.execute(_GROUPS, parameters)
            return await cursor.fetchall()
