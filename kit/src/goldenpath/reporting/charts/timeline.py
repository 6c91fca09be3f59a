"""Who did what when: a lane per worker, in as many boxes as the eye can tell apart, however many tests there were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from goldenpath.reporting.markup import Markup, element
from goldenpath.reporting.tone import Tone
from goldenpath.reporting.wording import count, seconds

_WIDTH: Final = 1200
_LANE: Final = 22
_ALONE: Final = 2.0
"""Units from which on a test has a box of its own."""
_TICKS: Final = 6
_COARSE: Final = (10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 43200, 86400)
_WORST: Final = (Tone.BAD, Tone.WARN, Tone.GOOD, Tone.INFO, Tone.MUTED)


class Span(NamedTuple):
    """Something that took time."""

    start: float
    """Seconds from the beginning."""
    length: float
    label: str
    tone: Tone


class Lane(NamedTuple):
    """One who did things one after the other."""

    name: str
    spans: Sequence[Span]
    note: str = ""


class _Box(NamedTuple):
    x: float
    width: float
    tone: Tone
    title: str


def timeline(lanes: Sequence[Lane], total: float, label: str) -> Markup:
    """The picture; it scrolls sideways within itself on a small screen."""
    total = total or 1.0
    height = len(lanes) * _LANE
    parts: list[Markup] = []
    labels: list[Markup] = []
    for value in _ticks(total):
        x = value / total
        place = {"x1": f"{x * _WIDTH:.1f}", "x2": f"{x * _WIDTH:.1f}", "y1": 0, "y2": height, "class": "grid"}
        parts.append(element("line", place))
        labels.append(element("span", {"style": f"left:{x:.2%}"}, seconds(value) if value else "0"))
    for number, lane in enumerate(lanes):
        boxes = sorted(_boxes(lane.spans, _WIDTH / total), key=lambda box: -_WORST.index(box.tone))
        parts.extend(_drawn(box, number * _LANE + 3) for box in boxes)
    names = [element("li", {"title": lane.note}, lane.name, element("small", None, lane.note)) for lane in lanes]
    picture = element(
        "svg",
        {
            "viewBox": f"0 0 {_WIDTH} {height}",
            "height": height,
            "role": "img",
            "aria-label": label,
            "preserveAspectRatio": "none",
        },
        parts,
    )
    axis = element("div", {"class": "axis", "aria-hidden": "true"}, labels)
    return element(
        "figure",
        {"class": "timeline"},
        element("ul", None, names),
        element("div", {"class": "scroll", "tabindex": 0}, element("div", None, picture, axis)),
    )


def _drawn(box: _Box, y: int) -> Markup:
    shape = {"x": f"{box.x:.1f}", "y": y, "width": f"{box.width:.1f}", "height": _LANE - 6, "class": f"fill-{box.tone}"}
    return element("rect", shape, element("title", None, box.title))


def _boxes(spans: Sequence[Span], scale: float) -> Iterator[_Box]:
    """Long spans by themselves; short neighbours together, in the tone of the worst of them."""
    group: list[Span] = []
    for span in sorted(spans):
        if span.length * scale >= _ALONE:
            yield from _together(group, scale)
            group = []
            yield _Box(
                span.start * scale,
                max(span.length * scale - 0.5, 1.0),
                span.tone,
                f"{span.label}: {seconds(span.length)}",
            )
        else:
            if group and (span.start - group[0].start) * scale >= _ALONE:
                yield from _together(group, scale)
                group = []
            group.append(span)
    yield from _together(group, scale)


def _together(group: Sequence[Span], scale: float) -> Iterator[_Box]:
    if not group:
        return
    end = max(span.start + span.length for span in group)
    tone = min((span.tone for span in group), key=_WORST.index)
    worst = next(span for span in group if span.tone == tone)
    title = (
        f"{worst.label}: {seconds(worst.length)}"
        if len(group) == 1
        else f"{count(len(group), 'short test')}, among them {worst.label}"
    )
    yield _Box(group[0].start * scale, max((end - group[0].start) * scale, 1.0), tone, title)


def _ticks(total: float) -> Iterator[float]:
    """Round values, at most seven of them: 1, 2, 5 and their tens in seconds, then whole minutes and hours."""
    fine = (step * 10.0**power for power in range(-4, 1) for step in (1, 2, 5))
    step = next((step for step in (*fine, *_COARSE) if total / step <= _TICKS), total / _TICKS)
    number = 0
    while number * step < total * 0.97:
        yield number * step
        number += 1
