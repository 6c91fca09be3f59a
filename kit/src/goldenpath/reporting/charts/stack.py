"""One bar in parts: how a whole is made up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from goldenpath.reporting.markup import Markup, element
from goldenpath.reporting.tone import Tone

_WIDTH = 1000
_LEAST = 4
"""Units that even a single one of very many is given: one failure in 20,000 is seen."""


class Part(NamedTuple):
    """A part of the whole."""

    label: str
    number: int
    tone: Tone


def stack(parts: Sequence[Part], label: str) -> Markup:
    """The bar and its legend; parts of nothing are left out."""
    parts = [part for part in parts if part.number]
    total = sum(part.number for part in parts)
    if not total:
        return Markup("")
    widths = [max(part.number / total * _WIDTH, _LEAST) for part in parts]
    scale = _WIDTH / sum(widths)
    boxes, x = [], 0.0
    for part, width in zip(parts, widths, strict=True):
        title = element("title", None, f"{part.number:,} {part.label}")
        shape = {"x": f"{x:.1f}", "y": 0, "width": f"{width * scale:.1f}", "height": 14, "class": f"fill-{part.tone}"}
        boxes.append(element("rect", shape, title))
        x += width * scale
    legend = [
        element("span", {"class": f"tone-{part.tone}"}, element("b", None, f"{part.number:,}"), f" {part.label}")
        for part in parts
    ]
    picture = element(
        "svg",
        {
            "viewBox": f"0 0 {_WIDTH} 14",
            "preserveAspectRatio": "none",
            "role": "img",
            "aria-label": label,
            "class": "stack",
        },
        boxes,
    )
    return element("figure", {"class": "stacked"}, picture, element("figcaption", {"class": "legend"}, legend))
