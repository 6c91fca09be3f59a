"""The sentences of a report, from its figures alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from agent_backend.analysis import DESCRIPTIONS, Goal, Measure, Risk, Saving, Sufficiency, dollars, total

NO_RECORDS: Final = "There are no usage records yet, so there is nothing to add up. Load some, then ask again."
UNREADABLE: Final = "The usage records could not be read this time. Ask again in a moment."


def spend(totals: Mapping[str, Any]) -> list[str]:
    """What was spent, and on what most of it."""
    rows: Sequence[Mapping[str, Any]] = totals["rows"]
    if not rows:
        return [NO_RECORDS]
    spent, dearest = Decimal(totals["cost"]), Decimal(rows[0]["cost"])
    share = f" ({dearest / spent:.0%})" if spent else ""
    among = "one" if len(rows) == 1 else f"dearest of {len(rows)}"
    return [
        f"You spent {dollars(spent)} in all.",
        f"By {totals['grouping']}, {rows[0]['name']} is the {among}: {dollars(dearest)}{share}.",
    ]


def period(data: Mapping[str, Any]) -> list[str]:
    """Which days the records cover."""
    if not data.get("first"):
        return []
    first, last = (datetime.fromisoformat(data[key]) for key in ("first", "last"))
    return [f"The records run from {first:%Y-%m-%d} to {last:%Y-%m-%d}, {data['calls']:,} calls."]


def outcome(goal: Goal, plan: Mapping[str, Any]) -> list[str]:
    """What the chosen measures save, and whether that is what was asked for."""
    saving = Decimal(plan["saving"])
    if not saving:
        return ["I found nothing to save that the question allows." if plan["excluded"] else "I found nothing to save."]
    told = [f"The chosen measures would have saved {dollars(saving)} of it, {plan['percent']} %."]
    if goal.reduction is not None:
        verdict = "is reached" if plan["reached"] else "is not reached"
        told.append(f"Your goal of {goal.reduction.normalize():f} % {verdict}.")
    return told


def by_measure(savings: Sequence[Saving]) -> list[str]:
    """One sentence per measure, the greatest saving first."""
    told = []
    for measure in Measure:
        own = [saving for saving in savings if saving.measure is measure]
        if own:
            risk = max((saving.risk for saving in own), key=list(Risk).index)
            teams = sorted({saving.team for saving in own})
            sentence = f"{DESCRIPTIONS[measure].title}: {dollars(total(own))} at {risk.value} risk, {_teams(teams)}."
            told.append((total(own), sentence))
    return [sentence for _, sentence in sorted(told, key=lambda each: -each[0])]


def left_out(excluded: Sequence[Saving]) -> list[str]:
    """What was not chosen, for people would wait longer."""
    titles = list(dict.fromkeys(DESCRIPTIONS[saving.measure].title.lower() for saving in excluded))
    if not titles:
        return []
    return [f"Left out because answers would come later: {', '.join(titles)} ({dollars(total(excluded))})."]


def missing(sufficiency: Sufficiency, names: Sequence[str]) -> list[str]:
    """What the data lacks, and what that means."""
    if not names:
        return []
    lacking = _list(names)
    if sufficiency is Sufficiency.PARTIAL:
        return [f"To find savings I also need {lacking}; the steps below say how to get there."]
    return [f"To answer I need {lacking}; the steps below say how to get there."]


def _teams(teams: Sequence[str]) -> str:
    return f"team {teams[0]}" if len(teams) == 1 else f"teams {_list(teams)}"


def _list(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
