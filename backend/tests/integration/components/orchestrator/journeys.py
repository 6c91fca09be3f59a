"""What a run has left behind, read where it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ..assembly import Assembly

GOAL: Final = "Cut our cost by 20 %"
CAREFUL: Final = "Cut our cost by 20 % without hurting latency"
SPEND: Final = "What do we spend?"


@dataclass(frozen=True)
class Step:
    """A stored step."""

    name: str
    agent: str
    inputs: dict[str, Any]
    result: dict[str, Any] | None
    failure: str | None


async def steps(service: Assembly, run_id: str) -> dict[str, Step]:
    """The steps of a run, in the order in which they began."""
    rows = await service.query(
        "SELECT name, agent, inputs, result, failure FROM run_steps WHERE run_id = %s ORDER BY position", run_id
    )
    return {row[0]: Step(*row) for row in rows}
