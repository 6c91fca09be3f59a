"""Tables and charts as plain JSON values; money stays exact, as text, and the page draws what it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from agent_backend.analysis import DESCRIPTIONS, Measure, Saving, cents, share, total

Figure = dict[str, Any]


def spend_table(totals: Mapping[str, Any]) -> Figure:
    """What was spent, by model or team."""
    spent = Decimal(totals["cost"])
    rows = [
        [
            row["name"],
            row["calls"],
            row["prompt_tokens"],
            row["completion_tokens"],
            _cents(row["cost"]),
            _part(row, spent),
        ]
        for row in totals["rows"]
    ]
    return _table(
        f"Spend by {totals['grouping']}",
        {
            totals["grouping"]: "text",
            "calls": "number",
            "prompt tokens": "number",
            "completion tokens": "number",
            "cost": "money",
            "share": "percent",
        },
        rows,
    )


def savings_table(chosen: Sequence[Saving]) -> Figure:
    """What the chosen measures save, on whose calls, and at what risk."""
    rows = [
        [
            DESCRIPTIONS[saving.measure].title,
            saving.team,
            saving.model,
            saving.calls,
            str(saving.saving),
            saving.risk.value,
            "; ".join(filter(None, [saving.detail, saving.risk_reason])),
        ]
        for saving in sorted(chosen, key=lambda each: -each.saving)
    ]
    columns = {"measure": "text", "team": "text", "model": "text", "calls": "number", "saving": "money", "risk": "risk"}
    return _table("Savings", columns | {"why": "text"}, rows)


def spend_chart(totals: Mapping[str, Any]) -> Figure:
    """One bar per model or team."""
    return _chart(f"Spend by {totals['grouping']}", [(row["name"], _cents(row["cost"])) for row in totals["rows"]])


def savings_chart(chosen: Sequence[Saving]) -> Figure:
    """One bar per measure."""
    bars = [
        (DESCRIPTIONS[measure].title, total(own))
        for measure in Measure
        if (own := [saving for saving in chosen if saving.measure is measure])
    ]
    return _chart("Savings by measure", [(label, str(value)) for label, value in sorted(bars, key=lambda bar: -bar[1])])


def _table(title: str, columns: Mapping[str, str], rows: list[list[Any]]) -> Figure:
    return {"title": title, "columns": [{"name": name, "kind": kind} for name, kind in columns.items()], "rows": rows}


def _chart(title: str, bars: list[tuple[str, str]]) -> Figure:
    return {"title": title, "unit": "$", "bars": [{"label": label, "value": value} for label, value in bars]}


def _cents(cost: str) -> str:
    return str(cents(Decimal(cost)))


def _part(row: Mapping[str, Any], spent: Decimal) -> str:
    return str(share(Decimal(row["cost"]), spent))
