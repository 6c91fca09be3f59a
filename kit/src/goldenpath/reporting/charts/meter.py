"""A share of what was allowed."""

from __future__ import annotations

from goldenpath.reporting.markup import Markup, element
from goldenpath.reporting.tone import Tone


def meter(share: float, label: str, tone: Tone, mark: float | None = None) -> Markup:
    """A small bar with its label; `mark` is a share that had to be reached."""
    width = min(max(share, 0.0), 1.0) * 100
    parts = [element("rect", {"width": f"{width:.1f}", "height": 6, "class": f"fill-{tone}"})]
    if mark is not None:
        parts.append(element("rect", {"x": f"{min(mark * 100, 99):.1f}", "width": 1, "height": 6, "class": "tick"}))
    picture = element("svg", {"viewBox": "0 0 100 6", "preserveAspectRatio": "none", "aria-hidden": "true"}, parts)
    return element("span", {"class": "meter"}, picture, element("span", None, label))
