"""One thing and its copies: the first in the middle, the others around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from goldenpath.reporting.markup import Markup, element
from goldenpath.reporting.tone import Tone

_MIDDLE: Final = 80
_RADIUS: Final = 60


def ring(first: str, copies: Sequence[str], label: str, tone: Tone = Tone.WARN) -> Markup:
    """The picture, with a title on each dot, and its label below."""
    spokes = [_spoke(2 * math.pi * number / len(copies), copy, tone) for number, copy in enumerate(copies)]
    middle = element(
        "circle",
        {"cx": _MIDDLE, "cy": _MIDDLE, "r": 9, "class": f"fill-{Tone.GOOD}"},
        element("title", None, first),
    )
    size = 2 * _MIDDLE
    picture = element("svg", {"viewBox": f"0 0 {size} {size}", "role": "img", "aria-label": label}, spokes, middle)
    return element("figure", {"class": "ring"}, picture, element("figcaption", None, label))


def _spoke(angle: float, title: str, tone: Tone) -> list[Markup]:
    x, y = f"{_MIDDLE + _RADIUS * math.cos(angle):.1f}", f"{_MIDDLE + _RADIUS * math.sin(angle):.1f}"
    return [
        element("line", {"x1": _MIDDLE, "y1": _MIDDLE, "x2": x, "y2": y, "class": "grid"}),
        element("circle", {"cx": x, "cy": y, "r": 6, "class": f"fill-{tone}"}, element("title", None, title)),
    ]
