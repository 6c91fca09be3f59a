"""How a number went, from the first time it was taken to the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from goldenpath.reporting.markup import Markup, element

_WIDTH: Final = 600
_HEIGHT: Final = 100


class Reading(NamedTuple):
    """The number at one time."""

    when: str
    value: float


def trend(readings: Sequence[Reading], top: float, label: str, note: str = "") -> Markup:
    """The line, between nothing and `top`; below it where it began and where it ended. One reading is no trend."""
    if len(readings) < 2:
        return Markup("")
    step = _WIDTH / (len(readings) - 1)
    points = " ".join(
        f"{number * step:.1f},{_HEIGHT - reading.value / (top or 1.0) * _HEIGHT:.1f}"
        for number, reading in enumerate(readings)
    )
    picture = element(
        "svg",
        {"viewBox": f"0 -4 {_WIDTH} {_HEIGHT + 8}", "preserveAspectRatio": "none", "role": "img", "aria-label": label},
        [
            element("line", {"x1": 0, "x2": _WIDTH, "y1": y, "y2": y, "class": "grid"})
            for y in (0, _HEIGHT / 2, _HEIGHT)
        ],
        element("polyline", {"points": points, "class": "line"}),
    )
    first, last = readings[0], readings[-1]
    caption = f"{first.when}: {first.value:.1f} → {last.when}: {last.value:.1f}"
    told = element("figcaption", None, element("b", None, caption), element("span", None, note))
    return element("figure", {"class": "trend"}, picture, told)
