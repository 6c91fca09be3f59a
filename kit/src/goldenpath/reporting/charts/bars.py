"""Ranked bars: the longest first, each with its name above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from goldenpath.reporting.markup import Markup, element
from goldenpath.reporting.tone import Tone


class Bar(NamedTuple):
    """One row."""

    label: str
    value: float
    shown: str
    """The value in words."""
    note: str = ""
    tone: Tone = Tone.INFO
    mark: float | None = None
    """A value to compare with, drawn as a tick."""


def bars(rows: Sequence[Bar]) -> Markup:
    """The rows, against the largest value or mark among them."""
    top = max((max(row.value, row.mark or 0.0) for row in rows), default=0.0) or 1.0
    return element("ol", {"class": "bars"}, [_row(row, top) for row in rows])


def _row(row: Bar, top: float) -> Markup:
    parts = [
        element("rect", {"width": f"{row.value / top * 100:.2f}", "height": 6, "rx": 0.5, "class": f"fill-{row.tone}"})
    ]
    if row.mark is not None:
        parts.append(
            element("rect", {"x": f"{min(row.mark / top * 100, 99.5):.2f}", "width": 0.5, "height": 6, "class": "tick"})
        )
    picture = element("svg", {"viewBox": "0 0 100 6", "preserveAspectRatio": "none", "aria-hidden": "true"}, parts)
    context, _, name = row.label.rpartition("::")
    return element(
        "li",
        {"title": row.label},
        element(
            "span", {"class": "name"}, name or row.label, element("small", None, f" {context}") if context else None
        ),
        element("span", {"class": "value"}, row.shown, element("small", None, f" {row.note}") if row.note else None),
        picture,
    )
