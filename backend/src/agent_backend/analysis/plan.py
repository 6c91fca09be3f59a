"""From what could be saved to what to do: the least risky measures first, until the goal is reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from agent_backend.analysis.goal import Goal
from agent_backend.analysis.measures import RISK_ORDER
from agent_backend.analysis.money import share
from agent_backend.analysis.savings import Saving, total


@dataclass(frozen=True, slots=True)
class Plan:
    """The savings to take, those left out for the goal's sake, and whether the goal is reached."""

    chosen: tuple[Saving, ...]
    excluded: tuple[Saving, ...]
    saving: Decimal
    percent: Decimal
    reached: bool


def make_plan(found: Sequence[Saving], goal: Goal, spent: Decimal) -> Plan:
    """Take what the goal allows, least risk and greatest saving first; without a target take all of it."""
    allowed = [saving for saving in found if not (goal.keep_latency and saving.hurts_latency)]
    excluded = [saving for saving in found if goal.keep_latency and saving.hurts_latency]
    chosen: list[Saving] = []
    for saving in sorted(allowed, key=lambda each: (RISK_ORDER.index(each.risk), -each.saving)):
        if _reached(total(chosen), goal, spent):
            break
        chosen.append(saving)
    saved = total(chosen)
    return Plan(
        tuple(chosen),
        tuple(excluded),
        saved,
        share(saved, spent),
        goal.reduction is None or _reached(saved, goal, spent),
    )


def _reached(saved: Decimal, goal: Goal, spent: Decimal) -> bool:
    return goal.reduction is not None and saved * 100 >= spent * goal.reduction
